import { parseArgs } from 'node:util';
import { type Feed, UserError, parseAccessKey, parseBaseUrl, quote } from '../../core';
import { monotonicNow } from '../io/clock';
import { REAL_PACE } from '../io/pace';
import { compareWithFeed, type ComparedInterval, parseInterval } from './against-feed';
import { renderComparison, renderVerification } from './report';
import { verifyArchive } from '../../archive/verify/verify';

const KEY_VARIABLE = 'ANTHROPIC_COMPLIANCE_ACCESS_KEY';
const BASE_URL_VARIABLE = 'ANTHROPIC_COMPLIANCE_BASE_URL';

const HELP = `Checks an audit archive offline: whether files, manifests and checkpoint agree.

Usage: node verify.mjs DIR [--against-feed FROM..TO]

  DIR                      The archive's directory in a checkout of its branch, such as ./audit
  --against-feed FROM..TO  Also reads this interval of the Activity Feed again. Lists activities
                           that are missing in the archive, are only in the archive, or have other
                           content. FROM and TO are whole days (UTC) or date-times:
                           2026-03-01..2026-03-07
  --help                   Shows this help

Environment, for --against-feed:

  ${KEY_VARIABLE}  A key with the scope read:compliance_activities
  ${BASE_URL_VARIABLE}    The API's address, instead of https://api.anthropic.com
  HTTPS_PROXY, NO_PROXY            The proxy, as for curl, but without SOCKS
  NODE_EXTRA_CA_CERTS              A PEM file with the CA of a proxy that decrypts connections

Exit code: 0 without findings, 1 with findings, 2 if the archive could not be checked.
`;

const OPTIONS = {
	help: { type: 'boolean', short: 'h' },
	'against-feed': { type: 'string' },
} as const;

/** Where a command prints. */
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
	let found = 0;
	try {
		const command = parseCommand(args);
		if (!command) {
			terminal.out(HELP);
			return 0;
		}
		const { directory, interval } = command;
		// A missing key is an error before the long work begins.
		const warn = (message: string) => void terminal.error(`${message}\n`);
		const feed = interval && (await feedOfEnvironment(environment, warn));
		const verification = await verifyArchive(directory);
		terminal.out(renderVerification(verification));
		found = verification.findings.length;
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
		// The archive's own findings count even if the feed cannot be read.
		return found > 0 ? 1 : 2;
	}
}

/** @returns `undefined` for `--help` */
function parseCommand(args: readonly string[]): Command | undefined {
	const { values, positionals, tokens } = parseArgs({
		args: [...args],
		allowPositionals: true,
		options: OPTIONS,
		// Node's own messages about options are for programmers, so mistakes are found below.
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
	if (typeof text !== 'string') throw misused('The option --against-feed lacks its interval.');
	return { directory, interval: parseInterval(text) };
}

/** Loads Node's HTTP client, which a check offline does without. */
async function feedOfEnvironment(
	environment: Readonly<Record<string, string | undefined>>,
	log: (message: string) => void,
): Promise<Feed> {
	const key = environment[KEY_VARIABLE] ?? '';
	if (key.trim() === '') throw keyMissing();
	const baseUrl = parseBaseUrl(environment[BASE_URL_VARIABLE] ?? '');
	const { requireUsableProxy } = await import('../io/proxy');
	const { openFeed } = await import('../open-feed');
	requireUsableProxy(baseUrl);
	const accessKey = parseAccessKey(key);
	return openFeed({ baseUrl, accessKey }, REAL_PACE, { info: log, warning: log });
}

function keyMissing(): UserError {
	return new UserError('key-missing', 'No Compliance Access Key was given.', {
		remedy: `Put it into the environment variable ${KEY_VARIABLE}: read -rs ${KEY_VARIABLE} && export ${KEY_VARIABLE}`,
	});
}

function misused(summary: string): UserError {
	return new UserError('invalid-setting', summary, {
		remedy: 'Run it with --help to see its usage.',
	});
}
