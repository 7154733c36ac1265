import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import path from 'node:path';
import { anotherDate } from '../another-date';
import { mainOf, postOf, readInputDefaults } from './action-metadata';
import { type Performance, performHere, type Stage, startProcess } from './execution';
import { parseValues } from './file-commands';
import type { GitHub, WorkflowRun } from './github';
import { encodeRuntimeToken } from './runtime-token';
import { StepLog, type Annotation } from './workflow-commands';
import type { Conclusion } from './workflow-runs';

export type { Performance, Stage } from './execution';
export type { Conclusion } from './workflow-runs';
export type { Annotation } from './workflow-commands';

export interface RunOptions {
	github: GitHub;
	/** The action's action.yml, whose `main` is run, or a JavaScript file with one beside or above it. */
	entry: string;
	/** What stands under `with:`; the defaults of action.yml fill the rest. */
	inputs?: Record<string, string>;
	/** The caller's: kept between runs or wiped, as the test wants. */
	workspace: string;
	runId: number;
	runAttempt?: number;
	/** Makes this attempt a "Re-run all jobs": the run's artifacts so far vanish. */
	rerunAll?: boolean;
	/** The default branch unless said otherwise. */
	branch?: string;
	event?: string;
	/** The workflow's file name. */
	workflow?: string;
	job?: string;
	/** Further environment, which wins over the runner's own. */
	env?: Record<string, string>;
	/** What `${{ github.token }}` is for this job. */
	token?: string;
	/** Secrets that the runner masks from the start, as it does those of the repository. */
	secrets?: string[];
	/** Kills the process at the first line of its raw output for which this holds. */
	killWhen?: (line: string) => boolean;
	/** Cancels the job as GitHub does: SIGINT, after 7.5 s SIGTERM, after 2.5 s more SIGKILL. */
	signal?: AbortSignal;
	/** Another Node to run the action with. */
	node?: string;
	/** What Node is started through: a command that runs the one after it, such as GNU time. */
	through?: readonly string[];
	/** A step that takes longer is killed. */
	timeoutMs?: number;
	/** Lets the job go on, and succeed, when the action's first step, or its end, fails. */
	continueOnError?: boolean;
	/** The job's steps after the first one, in their order. As GitHub does by default, it skips them after a failure. */
	next?: readonly (Script | FurtherUse)[];
	/** Does what the action does without a process of its own, which is what the options above are about. */
	perform?: Performance | undefined;
}

/** A step of a job that is no action. It gets the outputs of the job's actions so far, and says how it ends. */
export type Script = (
	outputs: readonly Record<string, string>[],
) => Conclusion | Promise<Conclusion>;

/** A step that uses the action once more. */
export interface FurtherUse {
	/** As in `RunOptions`. */
	inputs: Record<string, string>;
}

/** An action that ran as a step, or at the end of the job. */
export interface StepResult {
	stage: Stage;
	/** Null when the process was killed. */
	exitCode: number | null;
	/** What a person sees in the web log: both streams, masked, commands rendered. */
	log: string;
	/** Raw, as `stderr` is. */
	stdout: string;
	stderr: string;
	/** What the action asked to mask. */
	masks: string[];
	/** The action's, and those the runner itself adds. */
	annotations: Annotation[];
	outputs: Record<string, string>;
	/** Markdown as the action wrote it, unmasked; empty if too long for GitHub. */
	summary: string;
	durationMs: number;
}

/** A job. What it shows is that of all its actions, one after the other; the outputs are those of its first step. */
export interface RunResult extends Omit<StepResult, 'stage'> {
	conclusion: Conclusion;
	/** Every process of an action, in the order in which they ran. */
	steps: StepResult[];
}

const SUMMARY_LIMIT = 1024 * 1024;
const FILE_COMMANDS = ['OUTPUT', 'ENV', 'PATH', 'STATE', 'STEP_SUMMARY'] as const;
/** What a process needs of its surroundings; nothing else of the parent's environment gets in. */
const INHERITED = [
	...['PATH', 'HOME', 'TMPDIR'],
	...['USERPROFILE', 'SystemRoot', 'SystemDrive', 'ProgramFiles', 'ComSpec', 'PATHEXT'],
	...['TEMP', 'TMP'],
	// Where Node keeps what it has compiled, if the tests say so.
	'NODE_COMPILE_CACHE',
];

/**
 * Runs a job on a hosted runner: a built JavaScript action, the steps after it, and then, in reverse order,
 * the actions' `post`.
 */
export async function runAction(options: RunOptions): Promise<RunResult> {
	const { github, job = 'sync' } = options;
	const run = github.runs.start({
		id: options.runId,
		attempt: options.runAttempt ?? 1,
		workflow: options.workflow ?? 'audit.yml',
		branch: options.branch ?? github.repository.defaultBranch,
		event: options.event ?? 'schedule',
	});
	if (options.rerunAll) github.artifacts.forget(run.id);
	const home = mkdtempSync(path.join(tmpdir(), 'runner-'));
	try {
		const { conclusion, steps } = await new Job(options, run, job, home).play();
		github.runs.end(run, job, conclusion);
		return { ...joined(steps), conclusion, steps };
	} finally {
		rmSync(home, { recursive: true, force: true, maxRetries: 5 });
	}
}

class Job {
	#conclusion: Conclusion = 'success';
	readonly #steps: StepResult[] = [];
	/** What is left to do at the end, in the order in which it was registered. */
	readonly #post: (() => Promise<void>)[] = [];
	readonly #context: Record<string, string>;
	readonly #runner: Record<string, string>;
	readonly #token: string;
	readonly #runtimeToken: string;
	#lastStep = 0;

	constructor(
		private readonly options: RunOptions,
		run: WorkflowRun,
		job: string,
		private readonly home: string,
	) {
		const { github, workspace, token = github.token } = options;
		this.#context = gitHubEnvironment(github, run, job, workspace, home);
		this.#runner = runnerEnvironment(home);
		this.#token = token;
		this.#runtimeToken = encodeRuntimeToken({
			runId: run.id,
			attempt: run.attempt,
			job,
			cacheScopes: cacheScopes(run, github.repository.defaultBranch),
		});
	}

	async play(): Promise<{ conclusion: Conclusion; steps: StepResult[] }> {
		const { inputs = {}, continueOnError = false, next = [] } = this.options;
		await this.#use(inputs, continueOnError);
		for (const step of next) {
			if (this.#conclusion !== 'success') break;
			if (typeof step === 'function') {
				const outputs = this.#steps.map((each) => each.outputs);
				this.#note(await step(outputs));
			} else await this.#use(step.inputs, false);
		}
		for (const post of this.#post.reverse()) await post();
		return { conclusion: this.#conclusion, steps: this.#steps };
	}

	#note(conclusion: Conclusion): void {
		if (conclusion !== 'success') this.#conclusion = conclusion;
	}

	/** Runs the action as a step. Its `post` is registered even if it fails. */
	async #use(inputs: Record<string, string>, continueOnError: boolean): Promise<void> {
		const { entry } = this.options;
		const state: Record<string, string> = {};
		const post = postOf(entry);
		// The end of a step inherits from it that it may fail.
		const note = (conclusion: Conclusion) => {
			if (!continueOnError || conclusion === 'cancelled') this.#note(conclusion);
		};
		if (post) {
			this.#post.push(async () => {
				if (!holds(post.condition, this.#conclusion)) return;
				note(await this.#execute('post', post.file, inputs, state));
			});
		}
		note(await this.#execute('main', mainOf(entry), inputs, state));
	}

	/** @param state what the action's `main` saved; `post` gets it */
	async #execute(
		stage: Stage,
		file: string,
		given: Record<string, string>,
		state: Record<string, string>,
	): Promise<Conclusion> {
		const { options } = this;
		const token = this.#token;
		const files = fileCommands(path.join(this.home, `file-commands-${++this.#lastStep}`));
		const context = { ...this.#context, GITHUB_TOKEN: token };
		const inputs = resolveInputs(options.entry, given, context);
		const log = new StepLog(
			[token, this.#runtimeToken, ...(options.secrets ?? [])],
			options.env?.RUNNER_DEBUG === '1',
		);
		if (stage === 'main' && inputs.unexpected.length > 0) {
			log.annotate('warning', `Unexpected input(s) '${inputs.unexpected.join("', '")}'`);
		}
		const started = performance.now();
		const execute = options.perform ? performHere(options.perform, stage) : startProcess;
		const { exitCode, stdout, stderr } = await execute({ ...options, file }, log, {
			...inherited(),
			...anotherDate,
			...this.#context,
			...files,
			...this.#runner,
			ACTIONS_RESULTS_URL: `${options.github.resultsUrl}/`,
			ACTIONS_RUNTIME_TOKEN: this.#runtimeToken,
			ACTIONS_CACHE_SERVICE_V2: '1',
			...inputs.environment,
			...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
			...options.env,
		});
		const durationMs = performance.now() - started;
		Object.assign(state, readFileCommand('state', files.GITHUB_STATE, log));
		const outputs = { ...log.outputs, ...readFileCommand('output', files.GITHUB_OUTPUT, log) };
		const summary = readSummary(files.GITHUB_STEP_SUMMARY, log);
		const { text, masks, annotations } = log;
		this.#steps.push({
			...{ stage, exitCode, log: text, stdout, stderr },
			...{ masks, annotations, outputs, summary, durationMs },
		});
		if (options.signal?.aborted) return 'cancelled';
		return exitCode === 0 ? 'success' : 'failure';
	}
}

/** Whether a `post-if` holds. */
function holds(condition: string, conclusion: Conclusion): boolean {
	switch (condition) {
		case 'always()':
			return true;
		case 'success()':
			return conclusion === 'success';
		default:
			throw new Error(`This runner does not know the condition ${condition}.`);
	}
}

function joined(steps: readonly StepResult[]): Omit<StepResult, 'stage'> {
	const all = <Value>(get: (step: StepResult) => Value) => steps.map(get);
	return {
		exitCode: endOf(steps),
		log: all(({ log }) => log).join('\n'),
		stdout: all(({ stdout }) => stdout).join(''),
		stderr: all(({ stderr }) => stderr).join(''),
		masks: steps.flatMap(({ masks }) => masks),
		annotations: steps.flatMap(({ annotations }) => annotations),
		outputs: steps[0]?.outputs ?? {},
		summary: all(({ summary }) => summary).join(''),
		durationMs: steps.reduce((sum, step) => sum + step.durationMs, 0),
	};
}

/** The first exit code that is no success; null when that process was killed. */
function endOf(steps: readonly StepResult[]): number | null {
	const failed = steps.find(({ exitCode }) => exitCode !== 0);
	return failed ? failed.exitCode : 0;
}

/** A run writes its own branch's caches and reads those and the default branch's. */
function cacheScopes(run: WorkflowRun, defaultBranch: string) {
	const own = { scope: `refs/heads/${run.branch}`, writable: true };
	if (run.branch === defaultBranch) return [own];
	return [own, { scope: `refs/heads/${defaultBranch}`, writable: false }];
}

function fileCommands(
	directory: string,
): Record<`GITHUB_${(typeof FILE_COMMANDS)[number]}`, string> {
	mkdirSync(directory);
	const entries = FILE_COMMANDS.map((name) => {
		const file = path.join(directory, name.toLowerCase());
		writeFileSync(file, '');
		return [`GITHUB_${name}`, file] as const;
	});
	return Object.fromEntries(entries) as ReturnType<typeof fileCommands>;
}

function gitHubEnvironment(
	github: GitHub,
	run: WorkflowRun,
	job: string,
	workspace: string,
	home: string,
): Record<string, string> {
	const { id, owner, name, defaultBranch, visibility } = github.repository;
	const ref = `refs/heads/${run.branch}`;
	const workflowPath = `.github/workflows/${run.workflow}`;
	const eventPath = path.join(home, 'event.json');
	const payload = {
		repository: {
			id,
			name,
			full_name: `${owner}/${name}`,
			owner: { login: owner },
			private: visibility !== 'public',
			visibility,
			default_branch: defaultBranch,
		},
		workflow: workflowPath,
		...(run.event === 'schedule' ? { schedule: '17 * * * *' } : { ref }),
	};
	writeFileSync(eventPath, JSON.stringify(payload));
	return {
		CI: 'true',
		GITHUB_ACTIONS: 'true',
		GITHUB_ACTION: '__run',
		GITHUB_ACTOR: 'octocat',
		GITHUB_API_URL: github.apiUrl,
		GITHUB_EVENT_NAME: run.event,
		GITHUB_EVENT_PATH: eventPath,
		GITHUB_JOB: job,
		GITHUB_REF: ref,
		GITHUB_REF_NAME: run.branch,
		GITHUB_REF_TYPE: 'branch',
		GITHUB_REPOSITORY: `${owner}/${name}`,
		GITHUB_REPOSITORY_ID: String(id),
		GITHUB_REPOSITORY_OWNER: owner,
		GITHUB_RETENTION_DAYS: '90',
		GITHUB_RUN_ATTEMPT: String(run.attempt),
		GITHUB_RUN_ID: String(run.id),
		GITHUB_RUN_NUMBER: String(run.number),
		GITHUB_SERVER_URL: 'https://github.com',
		GITHUB_SHA: run.sha,
		// A workflow without a name is called by its path.
		GITHUB_WORKFLOW: workflowPath,
		GITHUB_WORKFLOW_REF: `${owner}/${name}/${workflowPath}@${ref}`,
		GITHUB_WORKSPACE: path.resolve(workspace),
	};
}

function runnerEnvironment(home: string): Record<string, string> {
	const directories = {
		RUNNER_TEMP: path.join(home, 'temp'),
		RUNNER_TOOL_CACHE: path.join(home, 'tool-cache'),
	};
	Object.values(directories).forEach((directory) => mkdirSync(directory));
	const systems: Record<string, string> = { win32: 'Windows', darwin: 'macOS' };
	return {
		...directories,
		RUNNER_OS: systems[process.platform] ?? 'Linux',
		RUNNER_ARCH: arch().toUpperCase(),
		RUNNER_ENVIRONMENT: 'github-hosted',
	};
}

function inherited(): Record<string, string> {
	return Object.fromEntries(
		INHERITED.flatMap((name) => {
			const value = process.env[name];
			return value === undefined ? [] : [[name, value]];
		}),
	);
}

function resolveInputs(
	entry: string,
	inputs: Record<string, string>,
	context: Record<string, string>,
): { environment: Record<string, string>; unexpected: string[] } {
	const defaults = readInputDefaults(entry);
	const names = [...(defaults?.keys() ?? [])].map((name) => name.toLowerCase());
	// In a default, `github` is the one context an action may use.
	const evaluate = (value: string) =>
		value.replace(
			/\$\{\{\s*github\.(\w+)\s*\}\}/g,
			(_, name: string) => context[`GITHUB_${name.toUpperCase()}`] ?? '',
		);
	const environment: Record<string, string> = {};
	const set = (name: string, value: string) => {
		environment[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value;
	};
	for (const [name, value] of defaults ?? []) set(name, evaluate(value));
	for (const [name, value] of Object.entries(inputs)) set(name, value);
	const unexpected = Object.keys(inputs).filter((name) => !names.includes(name.toLowerCase()));
	return { environment, unexpected: defaults ? unexpected : [] };
}

function readFileCommand(name: string, file: string, log: StepLog): Record<string, string> {
	try {
		return parseValues(readFileSync(file, 'utf8'));
	} catch (error) {
		log.annotate('error', `Unable to process file command '${name}' successfully.`);
		log.annotate('error', (error as Error).message);
		return {};
	}
}

function readSummary(file: string, log: StepLog): string {
	const summary = readFileSync(file);
	if (summary.length <= SUMMARY_LIMIT) return summary.toString();
	const size = Math.floor(summary.length / 1024);
	log.annotate(
		'error',
		`$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${size}k.`,
	);
	return '';
}
