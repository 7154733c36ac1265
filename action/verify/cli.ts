import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ApiClient, UserError, Feed, parseAccessKey, parseBaseUrl, quote } from '../../core';
import { monotonicNow } from '../io/clock';
import { complianceHttp } from '../io/http';
import { requireUsableProxy } from '../io/proxy';
import { compareWithFeed, type ComparedInterval, parseInterval } from './against-feed';
import { renderComparison, renderVerification } from './report';
import { verifyArchive } from '../../archive/verify/verify';

const KEY_VARIABLE = 'ANTHROPIC_COMPLIANCE_ACCESS_KEY';
const BASE_URL_VARIABLE = 'ANTHROPIC_COMPLIANCE_BASE_URL';

const HELP = `Checks an audit archive against its own evidence, offline.

Usage: node verify.mjs DIR [--against-feed FROM..TO]

  DIR                      The archive's directory in a checkout of its branch, such as ./audit
  --against-feed FROM..TO  Also reads this period of the Activity Feed again, and lists what the
                           archive lacks, has beyond the feed, or holds with other content. Both are
                           days (UTC, whole) or date-times: 2026-03-01..2026-03-07
  --help                   Shows this

Environment, for --against-feed:

  ${KEY_VARIABLE}  A key with the scope read:compliance_activities
  ${BASE_URL_VARIABLE}    Another address than https://api.anthropic.com
  HTTPS_PROXY, NO_PROXY            Are heeded, as by curl; no SOCKS
  NODE_EXTRA_CA_CERTS              A PEM file with the CA of a proxy that looks into connections

Exit code: 0 when all is well, 1 when there are findings, 2 when it could not be checked.
`;

const OPTIONS = {
	help: { type: 'boolean', short: 'h' },
	'against-feed': { type: 'string' },
} as const;

/** What a command does to the world. */
export interface Terminal {
	readonly out: (text: string) => unknown;
	readonly error: (text: string) => unknown;
}

interface Command {
	readonly directory: string;
	readonly interval: ComparedInterval | undefined;
}

/**
 * The command `verify`.
 *
 * @returns its exit code
 */
export async function runVerify(
	args: readonly string[],
	environment: Readonly<Record<string, string | undefined>>,
	terminal: Terminal,
): Promise<number> {
	try {
		const command = parseCommand(args);
		if (!command) {
			terminal.out(HELP);
			return 0;
		}
		const { directory, interval } = command;
		// Before the work begins, so that a missing key is not found out at its end.
		const warn = (message: string) => void terminal.error(`${message}\n`);
		const feed = interval && feedOfEnvironment(environment, warn);
		const verification = await verifyArchive(directory);
		terminal.out(renderVerification(verification));
		let found = verification.findings.length;
		if (feed) {
			const comparison = await compareWithFeed({
				directory,
				feed,
				interval,
				now: monotonicNow,
				warn,
			});
			terminal.out(`\n${renderComparison(comparison, true)}`);
			found += comparison.findings.length;
		}
		return found > 0 ? 1 : 0;
	} catch (error) {
		terminal.error(`${error instanceof UserError ? error.message : quote(String(error))}\n`);
		return 2;
	}
}

/** @returns `undefined` when help is asked for */
function parseCommand(args: readonly string[]): Command | undefined {
	const { values, positionals, tokens } = parseArgs({
		args: [...args],
		allowPositionals: true,
		options: OPTIONS,
		// What Node says of a mistake is made for programmers, so it is looked for here.
		strict: false,
		tokens: true,
	});
	for (const token of tokens) {
		if (token.kind !== 'option' || Object.hasOwn(OPTIONS, token.name)) continue;
		throw misused(`There is no option ${quote(token.rawName)}.`);
	}
	if (values.help) return undefined;
	const [directory, ...rest] = positionals;
	if (directory === undefined || rest.length > 0) throw misused('Name one directory.');
	const text = values['against-feed'];
	if (text === undefined) return { directory, interval: undefined };
	if (typeof text !== 'string') throw misused('The option --against-feed lacks its period.');
	return { directory, interval: parseInterval(text) };
}

function feedOfEnvironment(
	environment: Readonly<Record<string, string | undefined>>,
	tell: (message: string) => void,
) {
	const key = environment[KEY_VARIABLE] ?? '';
	if (key.trim() === '') throw keyMissing();
	const baseUrl = parseBaseUrl(environment[BASE_URL_VARIABLE] ?? '');
	requireUsableProxy(baseUrl);
	const accessKey = parseAccessKey(key);
	return new Feed(
		new ApiClient({
			baseUrl,
			accessKey,
			http: complianceHttp(accessKey),
			now: monotonicNow,
			sleep: (ms) => sleep(ms),
			log: { info: tell, warning: tell },
		}),
	);
}

function keyMissing(): UserError {
	return new UserError('key-missing', 'No Compliance Access Key was given.', {
		remedy: `Put it into the environment variable ${KEY_VARIABLE}: read -rs ${KEY_VARIABLE} && export ${KEY_VARIABLE}`,
	});
}

function misused(summary: string): UserError {
	return new UserError('invalid-setting', summary, {
		remedy: 'Run it with --help to see how it is used.',
	});
}
