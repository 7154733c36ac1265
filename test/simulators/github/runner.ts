import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import path from 'node:path';
import { anotherDate } from '../another-date';
import { mainOf, readInputDefaults } from './action-metadata';
import { parseOutputs } from './file-commands';
import type { GitHub, WorkflowRun } from './github';
import { encodeRuntimeToken } from './runtime-token';
import { LineSplitter, StepLog, type Annotation } from './workflow-commands';

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
	/** A job that takes longer is killed. */
	timeoutMs?: number;
	/** Does what the action does without a process of its own, which is what the options above are about. */
	perform?: Performance | undefined;
}

/** Acts as an action with this environment, hands over what it writes, and returns its exit code. */
export type Performance = (
	env: Record<string, string>,
	write: (chunk: string) => void,
) => Promise<number>;

export interface RunResult {
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

const SUMMARY_LIMIT = 1024 * 1024;
const FILE_COMMANDS = ['OUTPUT', 'ENV', 'PATH', 'STATE', 'STEP_SUMMARY'] as const;
/** What a process needs of its surroundings; nothing else of the parent's environment gets in. */
const INHERITED = [
	...['PATH', 'HOME', 'TMPDIR'],
	...['USERPROFILE', 'SystemRoot', 'SystemDrive', 'ProgramFiles', 'ComSpec', 'PATHEXT'],
	...['TEMP', 'TMP'],
];

/** Runs a built JavaScript action as a job's step on a hosted runner. */
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
	const token = options.token ?? github.token;
	const runtimeToken = encodeRuntimeToken({
		runId: run.id,
		attempt: run.attempt,
		job,
		cacheScopes: cacheScopes(run, github.repository.defaultBranch),
	});
	const home = mkdtempSync(path.join(tmpdir(), 'runner-'));
	try {
		const files = fileCommands(home);
		const context = gitHubEnvironment(github, run, job, options.workspace, home);
		const inputs = resolveInputs(options, { ...context, GITHUB_TOKEN: token });
		const log = new StepLog(
			[token, runtimeToken, ...(options.secrets ?? [])],
			options.env?.RUNNER_DEBUG === '1',
		);
		if (inputs.unexpected.length > 0) {
			log.annotate('warning', `Unexpected input(s) '${inputs.unexpected.join("', '")}'`);
		}
		const started = performance.now();
		const execute = options.perform ? performHere(options.perform) : startProcess;
		const { exitCode, stdout, stderr } = await execute(options, log, {
			...inherited(),
			...anotherDate,
			...context,
			...files,
			...runnerEnvironment(home),
			ACTIONS_RESULTS_URL: `${github.resultsUrl}/`,
			ACTIONS_RUNTIME_TOKEN: runtimeToken,
			ACTIONS_CACHE_SERVICE_V2: '1',
			...inputs.environment,
			...options.env,
		});
		const durationMs = performance.now() - started;
		const outputs = { ...log.outputs, ...readOutputs(files.GITHUB_OUTPUT, log) };
		const summary = readSummary(files.GITHUB_STEP_SUMMARY, log);
		run.status = 'completed';
		run.conclusion = options.signal?.aborted ? 'cancelled' : exitCode === 0 ? 'success' : 'failure';
		const { text, masks, annotations } = log;
		return {
			exitCode,
			log: text,
			stdout,
			stderr,
			masks,
			annotations,
			outputs,
			summary,
			durationMs,
		};
	} finally {
		rmSync(home, { recursive: true, force: true, maxRetries: 5 });
	}
}

/** A run writes its own branch's caches and reads those and the default branch's. */
function cacheScopes(run: WorkflowRun, defaultBranch: string) {
	const own = { scope: `refs/heads/${run.branch}`, writable: true };
	if (run.branch === defaultBranch) return [own];
	return [own, { scope: `refs/heads/${defaultBranch}`, writable: false }];
}

function fileCommands(home: string): Record<`GITHUB_${(typeof FILE_COMMANDS)[number]}`, string> {
	const directory = path.join(home, 'file-commands');
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
	{ entry, inputs = {} }: RunOptions,
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

interface Execution {
	exitCode: number | null;
	stdout: string;
	stderr: string;
}

function performHere(perform: Performance) {
	return async (
		{ killWhen, signal, node, through }: RunOptions,
		log: StepLog,
		env: Record<string, string>,
	): Promise<Execution> => {
		if (killWhen ?? signal ?? node ?? through) {
			throw new Error('Only a process of its own can be started otherwise, killed or cancelled.');
		}
		let stdout = '';
		const splitter = new LineSplitter((line) => log.write(line));
		const exitCode = await perform(env, (chunk) => {
			stdout += chunk;
			splitter.push(chunk);
		});
		splitter.end();
		return { exitCode, stdout, stderr: '' };
	};
}

function startProcess(
	options: RunOptions,
	log: StepLog,
	env: Record<string, string>,
): Promise<Execution> {
	return new Promise((resolve, reject) => {
		const node = options.node ?? process.execPath;
		const [command = node, ...args] = [
			...(options.through ?? []),
			node,
			path.resolve(mainOf(options.entry)),
		];
		const child = spawn(command, args, {
			cwd: options.workspace,
			env,
			stdio: ['ignore', 'pipe', 'pipe'],
			timeout: options.timeoutMs ?? 5 * 60_000,
			killSignal: 'SIGKILL',
		});
		const raw = { stdout: '', stderr: '' };
		const splitters = (['stdout', 'stderr'] as const).map((stream) => {
			const splitter = new LineSplitter((line) => {
				log.write(line);
				if (options.killWhen?.(line)) child.kill('SIGKILL');
			});
			child[stream].setEncoding('utf8').on('data', (chunk: string) => {
				raw[stream] += chunk;
				splitter.push(chunk);
			});
			return splitter;
		});
		const timers: NodeJS.Timeout[] = [];
		const cancel = () => {
			child.kill('SIGINT');
			timers.push(setTimeout(() => child.kill('SIGTERM'), 7_500));
			timers.push(setTimeout(() => child.kill('SIGKILL'), 10_000));
		};
		if (options.signal?.aborted) cancel();
		options.signal?.addEventListener('abort', cancel, { once: true });
		child.on('error', reject);
		child.on('close', (exitCode) => {
			timers.forEach(clearTimeout);
			options.signal?.removeEventListener('abort', cancel);
			splitters.forEach((splitter) => splitter.end());
			resolve({ exitCode, ...raw });
		});
	});
}

function readOutputs(file: string, log: StepLog): Record<string, string> {
	try {
		return parseOutputs(readFileSync(file, 'utf8'));
	} catch (error) {
		log.annotate('error', "Unable to process file command 'output' successfully.");
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
