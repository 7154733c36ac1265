import { spawn } from 'node:child_process';
import {
	appendFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readInputDefaults } from '../simulators/github/action-metadata';
import { parseValues } from '../simulators/github/file-commands';
import { LineSplitter, StepLog } from '../simulators/github/workflow-commands';
import { ENTRY, showOutputs } from './entry';
import { quoteLine, say, title } from './terminal';

export const KEY_VARIABLE = 'ANTHROPIC_COMPLIANCE_ACCESS_KEY';
const BASE_URL_VARIABLE = 'ANTHROPIC_COMPLIANCE_BASE_URL';
const DEFAULT_BACKFILL_MS = 7 * 24 * 60 * 60_000;

export interface RealOptions {
	/** Where activities and checkpoint stay from one time to the next. */
	readonly directory: string;
	readonly maxActivities: string;
	/** Without it, the first time begins 7 days back. */
	readonly backfillStart: string | undefined;
	/** The Action's input `format`. */
	readonly format?: string | undefined;
	/** Its input `watches`; a path is relative to where the demo runs. */
	readonly watches?: string | undefined;
	/** Its input `fail-on`. */
	readonly failOn?: string | undefined;
}

/** What the variant keeps in its directory. */
const ACTIVITIES = 'activities';
const CHECKPOINT = 'checkpoint.json';
const SUMMARY = 'summary.md';
const ALERTS = 'alerts.ndjson';

/**
 * Runs the built Action once against the real API, with its checkpoint in a file.
 *
 * @returns the Action's exit code
 */
export async function runReal(
	accessKey: string,
	options: RealOptions,
	interrupt: AbortSignal,
): Promise<number> {
	const workspace = path.resolve(options.directory);
	const hasCheckpoint = existsSync(path.join(workspace, CHECKPOINT));
	title(`The Activity Feed of ${baseUrl()} through the GitHub Action`);
	say(
		hasCheckpoint
			? 'There is a checkpoint of an earlier run: this one brings what is new since.'
			: 'There is no checkpoint yet: this is a first run.',
	);
	const temporary = mkdtempSync(path.join(tmpdir(), 'demo-'));
	const outputFile = path.join(temporary, 'output');
	try {
		mkdirSync(workspace, { recursive: true });
		// The Action appends to these, as it does on a runner.
		for (const file of [outputFile, path.join(workspace, SUMMARY)]) writeFileSync(file, '');
		const exitCode = await execute(accessKey, interrupt, {
			...process.env,
			[KEY_VARIABLE]: undefined,
			...inputs({
				'compliance-access-key': accessKey,
				'base-url': baseUrl(),
				// Another backfill start would be a request to sync again from it.
				'backfill-start': options.backfillStart ?? (hasCheckpoint ? '' : weekAgo()),
				'max-activities': options.maxActivities,
				'output-directory': ACTIVITIES,
				artifact: 'false',
				checkpoint: 'file',
				// There is no job whose end could save it.
				'save-checkpoint': 'step',
				'checkpoint-file': CHECKPOINT,
				'github-token': '',
				...(options.format && { format: options.format }),
				...(options.watches && { watches: watchesOf(options.watches) }),
				...(options.failOn && { 'fail-on': options.failOn }),
			}),
			GITHUB_WORKSPACE: workspace,
			GITHUB_OUTPUT: outputFile,
			GITHUB_STEP_SUMMARY: path.join(workspace, SUMMARY),
			RUNNER_TEMP: temporary,
		});
		interrupt.throwIfAborted();
		const outputs = parseValues(readFileSync(outputFile, 'utf8'));
		const { 'alerts-file': alerts } = outputs;
		if (alerts) {
			// On a runner, the file is there until the job ends.
			outputs['alerts-file'] = path.join(workspace, ALERTS);
			appendFileSync(outputs['alerts-file'], readFileSync(alerts), { mode: 0o600 });
		}
		tellResult(exitCode, options.directory, outputs);
		return exitCode;
	} finally {
		rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
	}
}

function baseUrl(): string {
	const named = process.env[BASE_URL_VARIABLE] ?? '';
	return named === '' ? (readInputDefaults(ENTRY)?.get('base-url') ?? '') : named;
}

/** The Action reads the file from its workspace, which is another directory. */
function watchesOf(named: string): string {
	return named === 'default' || named === 'off' ? named : path.resolve(named);
}

function weekAgo(): string {
	return new Date(Date.now() - DEFAULT_BACKFILL_MS).toISOString();
}

/** The environment through which a runner gives an action its inputs. */
function inputs(given: Record<string, string>): Record<string, string> {
	const all = { ...Object.fromEntries(readInputDefaults(ENTRY) ?? []), ...given };
	return Object.fromEntries(
		Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
	);
}

/** Runs the Action, and shows its log as it comes, without the key. */
async function execute(
	accessKey: string,
	interrupt: AbortSignal,
	env: NodeJS.ProcessEnv,
): Promise<number> {
	say('The log:');
	const log = new LiveLog(accessKey);
	const child = spawn(process.execPath, [ENTRY], { env, stdio: ['ignore', 'pipe', 'pipe'] });
	interrupt.addEventListener('abort', () => child.kill(), { once: true });
	for (const stream of [child.stdout, child.stderr]) {
		const splitter = new LineSplitter((line) => log.write(line));
		stream.setEncoding('utf8');
		stream.on('data', (chunk: string) => splitter.push(chunk));
		stream.on('end', () => splitter.end());
	}
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (exitCode) => resolve(exitCode ?? 1));
	});
}

/** The step's log, shown line by line. */
class LiveLog {
	readonly #log: StepLog;
	#shown = 0;

	constructor(accessKey: string) {
		this.#log = new StepLog([accessKey], false);
	}

	/** Takes a raw line, of which the log may show nothing: it may be a command. */
	write(line: string): void {
		this.#log.write(line);
		const { text } = this.#log;
		if (text.length === this.#shown) return;
		for (const shown of text.slice(this.#shown).replace(/^\n/, '').split('\n')) quoteLine(shown);
		this.#shown = text.length;
	}
}

function tellResult(exitCode: number, directory: string, outputs: Record<string, string>): void {
	if (exitCode !== 0) say(`The Action failed, as the log says (exit code ${exitCode}).`);
	// It may have delivered something before.
	if (outputs['has-new'] === undefined) return;
	say('The outputs:');
	showOutputs(outputs, (text) => text.replace(path.resolve(directory), directory));
	say(
		`The activities are in ${path.join(directory, ACTIVITIES)}, the job summary is ${path.join(directory, SUMMARY)}. They hold personal data: delete ${directory} when you are done with it.`,
	);
	if (exitCode === 0) say('Run the same command again, and it brings only what is new.');
}
