import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import {
	ActivityFeed,
	type ActivityFeedOptions,
	type FeedRequest,
} from '../simulators/activity-feed/activity-feed';
import { SimulatedClock } from '../simulators/activity-feed/clock';
import type { FeedRow } from '../simulators/activity-feed/feed-rows';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { profiles } from '../simulators/activity-feed/profiles';
import {
	type RunningServer,
	type ServerOptions,
	startActivityFeed,
} from '../simulators/activity-feed/server';
import { runCommand } from '../simulators/command';
import { readInputDefaults } from '../simulators/github/action-metadata';
import type { Annotation } from '../simulators/github/workflow-commands';
import { type CacheEntry, type GitHub, startGitHub } from '../simulators/github/github';
import {
	type Performance,
	runAction,
	type RunOptions,
	type RunResult,
} from '../simulators/github/runner';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** The feed's time at the start of a test, by default. */
export const PRESENT = Date.parse('2025-03-18T12:00:00Z');
/** A time before all rows of such a feed. */
export const BACKFILL_START = '2025-03-10';

/** The Jest project sets the profile of all scenes. */
declare const feedProfile: keyof typeof profiles;
export const profile = profiles[feedProfile];

/** Whether answers have the API's `request-id`. */
export const requestIds = profile.requestIds !== false;

/** The bundle that action.yml names, because GitHub runs it: end-to-end tests test the bundle, not the sources. */
const SYNC = path.resolve('action.yml');

/**
 * Pages of the given size. The limit makes the run read them one after the other, so that a fault hits the
 * same page on any machine.
 */
export const pagesOf = (activities: number): Inputs => ({
	'page-size': String(activities),
	'max-activities': '1000000',
});

export type Inputs = Record<string, string>;
export type Options = Partial<Omit<RunOptions, 'github' | 'inputs'>>;

export interface Run extends RunResult {
	readonly runId: number;
	readonly workspace: string;
	/** The files in the artifact, by their path; `undefined` when the run uploaded none. */
	readonly artifact: ReadonlyMap<string, string> | undefined;
	/** The activities in the artifact, as they are written, in the order of the files' names. */
	readonly delivered: readonly string[];
	/** The annotations about alerts. The others are in `annotations`. */
	readonly worthALook: readonly Annotation[];
}

export interface SceneOptions extends Omit<ActivityFeedOptions, 'clock'>, ServerOptions {
	/** The feed's time at the start. */
	present?: number;
}

/** The simulated GitHub of a test file, and the scenes of its tests. */
export class Theatre {
	github!: GitHub;
	/** Holds the workspaces of all runs. */
	#home = '';
	#lastScene = 0;
	#open: Scene[] = [];
	readonly #cacheTexts = new WeakMap<CacheEntry, Promise<string>>();

	/** @param perform performs runs by default; without it, each run has its own process */
	private constructor(readonly perform: Performance | undefined) {}

	/** Call it once, at the top of a test file. */
	static open(perform?: Performance): Theatre {
		const theatre = new Theatre(perform);
		beforeAll(async () => {
			theatre.github = await startGitHub();
			theatre.#home = mkdtempSync(path.join(tmpdir(), 'workspaces-'));
		});
		beforeEach(() => {
			for (const fault of Object.keys(theatre.github.faults)) {
				delete theatre.github.faults[fault as 'api'];
			}
			theatre.github.artifacts.onFinalized = () => undefined;
			theatre.github.caches.evictAll();
			theatre.github.artifacts.expireAll();
			theatre.github.repository.defaultBranch = 'main';
		});
		afterEach(async () => {
			await Promise.all(theatre.#open.splice(0).map((scene) => scene.close()));
		});
		afterAll(async () => {
			await theatre.github.close();
			rmSync(theatre.#home, { recursive: true, force: true, maxRetries: 5 });
		});
		return theatre;
	}

	/** A new feed, and a new workflow that reads it. */
	async scene(particular: SceneOptions = {}): Promise<Scene> {
		const options = { ...profile, ...particular };
		const clock = new SimulatedClock(options.present ?? PRESENT);
		const feed = new WatchedFeed({ ...options, clock });
		const server = await startActivityFeed(feed, options);
		const workflow = `audit-${++this.#lastScene}.yml`;
		const scene = new Scene(this, clock, feed, options, server, workflow);
		this.#open.push(scene);
		return scene;
	}

	/** An empty directory, like the workspace of a job on a hosted runner. */
	workspace(): string {
		return mkdtempSync(path.join(this.#home, 'workspace-'));
	}

	/** The texts of all cache entries, of any workflow and branch. */
	cached(): Promise<string[]> {
		return Promise.all(this.github.caches.entries.map((entry) => this.#textOf(entry)));
	}

	/** An entry never changes, so it is unpacked once. */
	#textOf(entry: CacheEntry): Promise<string> {
		const known = this.#cacheTexts.get(entry);
		if (known) return known;
		const text = this.github.caches.content(entry).then(async (content) => {
			const file = path.join(this.workspace(), 'entry.tar');
			writeFileSync(file, content);
			const { exitCode, output } = await runCommand('tar', ['-xOf', file]);
			expect(exitCode).toBe(0);
			return output;
		});
		this.#cacheTexts.set(entry, text);
		return text;
	}
}

/** A feed that reports each request before it answers. */
class WatchedFeed extends ActivityFeed {
	/** Gets the request's number, from 1. */
	onRequest: (number: number) => void = () => undefined;

	override answer(request: FeedRequest) {
		this.onRequest(this.requests.length + 1);
		return super.answer(request);
	}
}

let lastRunId = 1000;

/** A feed and a workflow that reads it, run by run. */
export class Scene {
	constructor(
		readonly theatre: Theatre,
		readonly clock: SimulatedClock,
		readonly feed: WatchedFeed,
		/** How the feed is served. It may change between requests. */
		readonly serving: ServerOptions,
		private readonly server: RunningServer,
		/** The workflow's file name, unique per scene, so that no other scene finds its runs and caches. */
		readonly workflow: string,
	) {}

	/** The feed's origin. */
	get url(): string {
		return this.server.url;
	}

	/** Stops serving the feed. */
	close(): Promise<void> {
		return this.server.close();
	}

	/** Adds an activity that happened `ago` milliseconds ago and can be queried from now on. */
	happened(ago: number, fields: Record<string, unknown> = {}): FeedRow {
		const created_at = new Date(this.clock.now() - ago).toISOString();
		return this.feed.add(
			{
				type: 'claude_chat_created',
				actor: { type: 'user_actor', email_address: 'someone@example.com' },
				created_at,
				...fields,
			},
			{ visibleAt: this.clock.now() },
		);
	}

	/** Adds generated activities of the days before the present. */
	populate(count: number, days = 3): void {
		this.feed.generate({ count, from: this.clock.now() - days * DAY, to: this.clock.now() });
	}

	/** The activities that the feed shows now, in its order, as lines of the files. */
	get shown(): string[] {
		const now = this.clock.now();
		return this.feed
			.rows()
			.filter(({ visibleAt, readable }) => readable && visibleAt <= now)
			.map(({ json }) => json);
	}

	/** The parameters of the requests made so far. */
	get asked(): URLSearchParams[] {
		return this.feed.requests.map(({ url }) => new URL(url, this.url).searchParams);
	}

	/**
	 * Runs the Action, or the action that the option `entry` names. By default, it is the only job of a new
	 * workflow run, in an empty workspace.
	 */
	async run(inputs: Inputs = {}, options: Options = {}): Promise<Run> {
		const { github, perform } = this.theatre;
		const runId = options.runId ?? ++lastRunId;
		const workspace = options.workspace ?? this.theatre.workspace();
		const { entry = SYNC } = options;
		const result = await runAction({
			github,
			entry,
			inputs: { ...this.#usualInputs(entry), ...inputs },
			workflow: this.workflow,
			perform,
			...options,
			workspace,
			runId,
		});
		await this.#expectDiscretion(result, options.token ?? github.token);
		const id = result.outputs['artifact-id'];
		const artifact = id
			? new Map(
					[...(await github.artifacts.files(Number(id)))].map(([name, content]) => [
						name,
						content.toString(),
					]),
				)
			: undefined;
		const [worthALook, annotations] = [true, false].map((wanted) =>
			result.annotations.filter(({ message }) => isAlert(message) === wanted),
		) as [Annotation[], Annotation[]];
		const delivered = linesOf(artifact ?? new Map());
		return { ...result, annotations, worthALook, runId, workspace, artifact, delivered };
	}

	/** The inputs of every run of the Action: a further step of a job needs them, too. */
	get usual(): Inputs {
		return this.#usualInputs(SYNC);
	}

	/** Inputs of every run, if the action has them. */
	#usualInputs(entry: string): Inputs {
		const offered = readInputDefaults(entry);
		const usual = {
			'compliance-access-key': ACCESS_KEY,
			'base-url': this.url,
			'backfill-start': BACKFILL_START,
		};
		return Object.fromEntries(Object.entries(usual).filter(([name]) => offered?.has(name)));
	}

	/** Runs the Action, and expects it to succeed without an annotation, other than about alerts. */
	async succeed(inputs?: Inputs, options?: Options): Promise<Run> {
		const run = await this.run(inputs, options);
		const { exitCode, annotations, stderr } = run;
		expect({ exitCode, annotations, ...(exitCode !== 0 && { stderr }) }).toEqual({
			exitCode: 0,
			annotations: [],
		});
		return run;
	}

	/** Runs the Action, and expects it to fail with one error, which is returned. */
	async fail(inputs?: Inputs, options?: Options): Promise<string> {
		const before = this.theatre.github.caches.entries.length;
		const error = errorOf(await this.run(inputs, options));
		// The old checkpoint is still valid.
		expect(this.theatre.github.caches.entries).toHaveLength(before);
		return error;
	}

	/**
	 * Runs the Action, and expects it to fail after it read something, which it delivers with its
	 * checkpoint.
	 */
	async break(inputs?: Inputs, options?: Options): Promise<Run & { readonly error: string }> {
		const run = await this.run(inputs, options);
		// Once in the step, which goes on, and once at the end of the job.
		const [early, error = ''] = errorsOf(run);
		expect(early).toMatch(/ the checkpoint is saved, and then the job fails with this error\.$/);
		expect(early?.split(' of this run ')[0]).toBe(error.split(' of this run ')[0]);
		expect(run.steps.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
		expect(run.outputs).toMatchObject({
			count: String(run.delivered.length),
			'checkpoint-saved': 'at-job-end',
			'caught-up': 'false',
		});
		expect(run.summary).toContain('**Then this run failed**; the log says why.');
		return { ...run, error };
	}

	/** Expects an error to name the request-id of the last answer, if answers have one. */
	expectReference(error: string): void {
		const named = /\(request-id: (.*?)\)/.exec(error)?.[1];
		expect(named).toBe(requestIds ? this.feed.requests.at(-1)?.requestId : undefined);
	}

	/** Expects that a run neither shows nor caches a key, a token, or the content of an activity. */
	async #expectDiscretion(result: RunResult, token: string): Promise<void> {
		for (const { stdout } of result.steps) {
			const masking = stdout.split('\n').filter(isMasking);
			expect(masking.filter((line) => line.includes(ACCESS_KEY)).length).toBeLessThanOrEqual(1);
		}
		const raw = `${result.stdout}\n${result.stderr}`.split('\n');
		const other = raw.filter((line) => !isMasking(line));
		const texts = {
			raw: other.join('\n'),
			log: result.log,
			annotations: JSON.stringify(result.annotations),
			outputs: JSON.stringify(result.outputs),
			summary: result.summary,
			cache: (await this.theatre.cached()).join('\n'),
		};
		const secrets = [ACCESS_KEY, token, ...contentOf(this.feed)];
		for (const [where, text] of Object.entries(texts)) {
			const leaked = secrets.filter((secret) => text.includes(secret));
			expect({ where, leaked }).toEqual({ where, leaked: [] });
		}
		for (const { url, headers } of this.feed.requests) {
			expect(JSON.stringify([url, without(headers, 'x-api-key')])).not.toContain(ACCESS_KEY);
		}
	}
}

function isMasking(line: string): boolean {
	return line.startsWith('::add-mask::');
}

/**
 * The texts in a feed's activities that may be confidential: all but types, times, and words that messages
 * use too.
 */
export function contentOf(feed: ActivityFeed): Set<string> {
	const texts = new Set<string>();
	const collect = (value: unknown, name = ''): void => {
		if (typeof value === 'object' && value !== null) {
			for (const [key, each] of Object.entries(value)) collect(each, key);
		}
		// A run shows the ids of its own requests on purpose, and the feed repeats them.
		if (typeof value !== 'string' || ['type', 'created_at', 'request_id'].includes(name)) return;
		const plain = /^[a-z_]*$/.test(value) || /^\d{4}-\d\d-\d\dT/.test(value);
		if (value.length >= 6 && !plain) texts.add(value);
	};
	for (const { json } of feed.rows()) collect(JSON.parse(json));
	return texts;
}

/** Whether an annotation is about an alert. */
function isAlert(message: string): boolean {
	return message.startsWith('Worth a look (');
}

/** The only error of a failed run. */
export function errorOf(run: Pick<Run, 'exitCode' | 'annotations'>): string {
	expect(run.exitCode).toBe(1);
	const errors = errorsOf(run);
	expect(errors).toHaveLength(1);
	return errors[0] ?? '';
}

function errorsOf({ annotations }: Pick<Run, 'annotations'>): string[] {
	return annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
}

/** The lines of all day files among the given files, in the order of their names. */
export function linesOf(files: ReadonlyMap<string, string>): string[] {
	return [...files]
		.filter(([name]) => /\/\d\d\.ndjson$/.test(name))
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.flatMap(([, text]) => text.split('\n').slice(0, -1));
}

/** The files below a directory, by their path in it; none when there is no such directory. */
export function filesIn(directory: string): Map<string, string> {
	const files = new Map<string, string>();
	const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
	for (const entry of entries) {
		if (!entry.isFile()) continue;
		const file = path.join(entry.parentPath, entry.name);
		const name = path.relative(directory, file).split(path.sep).join('/');
		files.set(name, readFileSync(file, 'utf8'));
	}
	return files;
}

/** A copy of an object without some of its members. */
export function without(object: object, ...names: string[]): Record<string, unknown> {
	return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
