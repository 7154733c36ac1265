import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { shared } from '../shared/shared';
import { startGitHub, type GitHub } from './github/github';
import { runAction, type RunOptions, type RunResult } from './github/runner';

let github: GitHub;
let workspace: string;
let lastRunId = 0;

beforeAll(async () => {
	github = await startGitHub();
	workspace = mkdtempSync(path.join(tmpdir(), 'workspace-'));
});

afterAll(async () => {
	await github.close();
	rmSync(workspace, { recursive: true });
});

beforeEach(() => {
	for (const fault of Object.keys(github.faults)) delete github.faults[fault as 'api'];
	github.caches.evictAll();
});

type Run = Partial<Omit<RunOptions, 'github' | 'entry' | 'inputs'>>;

async function run(
	fixture: 'cache' | 'artifact' | 'commands',
	inputs: Record<string, string>,
	options: Run = {},
): Promise<RunResult> {
	const folder =
		fixture === 'commands' ? 'test/simulators/github/fixtures' : await shared('bundles');
	const entry = path.resolve(folder!, `${fixture}.mjs`);
	return await runAction({ github, entry, inputs, workspace, runId: ++lastRunId, ...options });
}

function write(file: string, content: string): void {
	mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
	writeFileSync(path.join(workspace, file), content);
}

describe('cache', () => {
	async function save(key: string, content: string, options?: Run): Promise<RunResult> {
		write('checkpoint/state.txt', content);
		const result = await run('cache', { operation: 'save', key }, options);
		rmSync(path.join(workspace, 'checkpoint'), { recursive: true });
		return result;
	}
	const restore = (key: string, restoreKeys = '', options?: Run) =>
		run('cache', { operation: 'restore', key, 'restore-keys': restoreKeys }, options);
	const refused = { id: '-1' };
	const missed = { key: '' };

	it('restores by the exact key, else the newest of a prefix', async () => {
		expect(Number((await save('state-1', 'one')).outputs.id)).toBeGreaterThan(0);
		await save('state-2', 'two');
		await save('other-3', 'three');

		expect((await restore('state-1', 'state-')).outputs).toEqual({
			key: 'state-1',
			content: 'one',
		});
		expect((await restore('state-9', 'none-\nstate-')).outputs).toEqual({
			key: 'state-2',
			content: 'two',
		});
		expect((await restore('none-', 'nor-this-')).outputs).toEqual(missed);
	});

	it('refuses an existing key, with a message only at info level', async () => {
		await save('state-1', 'one');
		const again = await save('state-1', 'two');

		expect(again.outputs).toEqual(refused);
		expect(again.exitCode).toBe(0);
		expect(again.annotations).toEqual([]);
		expect(again.log).toContain('another job may be creating this cache');
		expect((await restore('state-1')).outputs).toMatchObject({ content: 'one' });
	});

	it('lets a branch read the default branch and write its own', async () => {
		await save('state-1', 'main');
		const branch = { branch: 'topic' };
		expect((await restore('state-2', 'state-', branch)).outputs).toMatchObject({ content: 'main' });
		await save('state-1', 'topic', branch);

		expect(github.caches.entries.map(({ scope }) => scope)).toEqual([
			'refs/heads/main',
			'refs/heads/topic',
		]);
		expect((await restore('state-2', 'state-', branch)).outputs).toMatchObject({
			content: 'topic',
		});
		expect((await restore('state-2', 'state-')).outputs).toMatchObject({ content: 'main' });
		await save('state-3', 'topic', { branch: 'elsewhere' });
		expect((await restore('state-3', '', branch)).outputs).toEqual(missed);
	});

	it('forgets evicted entries', async () => {
		await save('state-1', 'one');
		github.caches.evictAll();
		expect((await restore('state-1', 'state-')).outputs).toEqual(missed);
	});

	it.each([
		['read-only', 'cache write denied: token has no writable scopes'],
		['upload', 'Failed to save'],
		['finalize', 'could not be finalized'],
		['unreachable', undefined],
		[501, undefined],
		['refused', undefined],
	] as const)('does not save when writing fails: %s', async (fault, warning) => {
		github.faults.cacheWrite = fault;
		const { outputs, exitCode, annotations } = await save('state-1', 'one');

		expect(outputs).toEqual(refused);
		expect(exitCode).toBe(0);
		expect(annotations.every(({ level }) => level === 'warning')).toBe(true);
		expect(annotations.at(-1)?.message).toEqual(warning && expect.stringContaining(warning));
		expect(github.caches.entries).toEqual([]);
	});

	it.each(['denied', 'download', 'unreachable', 501] as const)(
		'misses with a warning when reading fails: %s',
		async (fault) => {
			await save('state-1', 'one');
			github.faults.cacheRead = fault;
			const { outputs, exitCode, annotations } = await restore('state-1');

			expect(outputs).toEqual(missed);
			expect(exitCode).toBe(0);
			expect(annotations).toEqual([
				expect.objectContaining({
					level: 'warning',
					message: expect.stringContaining('Failed to restore'),
				}),
			]);
		},
	);
});

describe('artifacts', () => {
	const upload = (name: string, options?: Run) =>
		run('artifact', { operation: 'upload', name }, options);
	const result = ({ outputs }: RunResult) => JSON.parse(outputs.result ?? 'null') as unknown;

	beforeEach(() => {
		rmSync(path.join(workspace, 'downloaded'), { recursive: true, force: true });
		write('data/events.ndjson', '{"id":"1"}\n');
	});
	const downloaded = () =>
		readFileSync(path.join(workspace, 'downloaded', 'events.ndjson'), 'utf8');

	it('uploads, lists, downloads and deletes within a run', async () => {
		const here = { runId: ++lastRunId };
		const { id, digest } = result(await upload('events', here)) as { id: number; digest: string };
		expect((await github.artifacts.files(id)).get('events.ndjson')?.toString()).toBe(
			'{"id":"1"}\n',
		);

		expect(result(await run('artifact', { operation: 'list' }, here))).toEqual({
			artifacts: [expect.objectContaining({ id, name: 'events', digest: `sha256:${digest}` })],
		});
		await run('artifact', { operation: 'download', 'artifact-id': String(id) }, here);
		expect(downloaded()).toBe('{"id":"1"}\n');

		await run('artifact', { operation: 'delete', name: 'events' }, here);
		const gone = await run('artifact', { operation: 'get', name: 'events' }, here);
		expect(gone.outputs.error).toContain('ArtifactNotFoundError');
	});

	it('refuses a name twice in an attempt, but not in the next', async () => {
		const here = { runId: ++lastRunId };
		const first = result(await upload('events', here)) as { id: number };
		const twice = await upload('events', here);
		expect(twice.exitCode).toBe(1);
		expect(twice.outputs.error).toContain('(409) Conflict: an artifact with this name already');

		const rerun = { ...here, runAttempt: 2 };
		const second = result(await upload('events', rerun)) as { id: number };
		const newest = await run('artifact', { operation: 'get', name: 'events' }, rerun);
		expect(second.id).not.toBe(first.id);
		expect(result(newest)).toMatchObject({ artifact: { id: second.id } });
		const ofRun = () => github.artifacts.all.filter(({ runId }) => runId === here.runId);
		expect(ofRun()).toHaveLength(2);

		await upload('events', { ...here, runAttempt: 3, rerunAll: true });
		expect(ofRun().map(({ attempt }) => attempt)).toEqual([3]);
	});

	it.each(['upload', 'finalize', 'unreachable', 501] as const)(
		'makes the upload throw: %s',
		async (fault) => {
			github.faults.artifacts = fault;
			const { exitCode, outputs } = await upload('events');
			expect(exitCode).toBe(1);
			expect(outputs.error).toBeDefined();
		},
	);

	it('can be found and downloaded from another run by the REST API', async () => {
		const earlier = ++lastRunId;
		const { id } = result(await upload('events', { runId: earlier })) as { id: number };
		const inputs = { name: 'events', 'artifact-id': String(id), 'run-id': String(earlier) };

		const got = await run('artifact', { ...inputs, operation: 'get' });
		expect(result(got)).toMatchObject({ artifact: { id } });
		expect(result(await run('artifact', { ...inputs, operation: 'list' }))).toMatchObject({
			artifacts: [{ id, name: 'events' }],
		});
		await run('artifact', { ...inputs, operation: 'download' });
		expect(downloaded()).toBe('{"id":"1"}\n');

		const stranger = await run('artifact', {
			...inputs,
			operation: 'get',
			token: github.issueToken({ actions: 'none' }),
		});
		expect(stranger.outputs.error).toContain('Resource not accessible by integration');
		const artifact = github.artifacts.all.find((held) => held.id === id);
		Object.assign(artifact ?? {}, { expired: true });
		const expired = await run('artifact', { ...inputs, operation: 'download' });
		expect(expired.outputs.error).toContain('expired');
	});
});

describe('REST API', () => {
	const get = async (resource: string, token: string | undefined = github.token) => {
		const response = await fetch(`${github.apiUrl}/repos/acme/audit${resource}`, {
			headers: token === '' ? {} : { authorization: `Bearer ${token}` },
			redirect: 'manual',
		});
		const body = response.status === 302 ? {} : ((await response.json()) as object);
		return { status: response.status, body, link: response.headers.get('link') };
	};

	it('lists the runs of a workflow, newest first, filtered and in pages', async () => {
		const workflow = 'listed.yml';
		const add = (id: number, branch: string, event: string) =>
			github.runs.start({ id, attempt: 1, workflow, branch, event });
		add(901, 'main', 'schedule').createdAt = new Date('2026-01-01T00:00:00Z');
		Object.assign(add(902, 'main', 'schedule'), { status: 'completed', conclusion: 'success' });
		add(903, 'topic', 'workflow_dispatch');
		const list = async (query: string, name = workflow) => {
			const { body, link } = await get(`/actions/workflows/${name}/runs?${query}`);
			const { total_count: total, workflow_runs: runs } = body as {
				total_count: number;
				workflow_runs: { id: number }[];
			};
			return { total, ids: runs.map(({ id }) => id), link };
		};

		expect(await list('')).toEqual({ total: 3, ids: [903, 902, 901], link: null });
		expect((await list('', String(github.runs.workflowId(workflow)))).total).toBe(3);
		expect((await list('branch=main&status=success')).ids).toEqual([902]);
		expect((await list('event=workflow_dispatch')).ids).toEqual([903]);
		expect((await list('created=%3C2026-01-02')).ids).toEqual([901]);
		expect((await list('created=2026-01-01')).ids).toEqual([901]);
		expect((await list('created=2026-01-02..*')).ids).toEqual([903, 902]);
		const first = await list('per_page=2');
		expect(first).toMatchObject({ total: 3, ids: [903, 902] });
		expect(first.link).toContain('page=2>; rel="next"');
		expect((await list('per_page=2&page=2')).ids).toEqual([901]);
		expect((await get('/actions/workflows/unknown.yml/runs')).status).toBe(404);
	});

	it('requires a token, and a permission for everything except the repository itself', async () => {
		const restricted = github.issueToken({ actions: 'none' });
		expect((await get('', '')).status).toBe(401);
		expect((await get('', 'ghs_unknown')).status).toBe(401);
		expect((await get('/actions/artifacts', restricted)).status).toBe(403);
		expect(await get('', restricted)).toMatchObject({
			status: 200,
			body: { visibility: 'private', default_branch: 'main' },
		});
		github.faults.api = 502;
		expect((await get('')).status).toBe(502);
	});
});

describe('runner', () => {
	it('obeys workflow commands and reads the file commands', async () => {
		const result = await run('commands', { operation: 'everything' });

		expect(result.exitCode).toBe(3);
		expect(github.runs.find(lastRunId)).toMatchObject({ conclusion: 'failure' });
		expect(result.masks).toEqual(['s3cret']);
		expect(result.outputs).toEqual({
			plain: 'a value',
			lines: 'first\nsecond\n\nlast',
			number: '3',
		});
		expect(result.summary).toContain('<h1>Report</h1>');
		expect(result.annotations).toEqual(
			expect.arrayContaining([
				{ level: 'notice', message: 'noticed', properties: { title: 'A title: with, marks' } },
				{ level: 'warning', message: '100% warned\nin two lines', properties: {} },
				{ level: 'error', message: 'failed with ***', properties: {} },
				{ level: 'warning', message: 'older form', properties: {} },
				{ level: 'notice', message: 'after a lone carriage return', properties: {} },
			]),
		);
		expect(result.annotations).toHaveLength(5);
		expect(result.log.split('\n')).toEqual(
			expect.arrayContaining([
				'before the mask: s3cret',
				'after the mask: ***',
				'▼ a group',
				'Error: failed with ***',
				'::error::not obeyed',
				'::unknown::shown as it is',
			]),
		);
		expect(result.log).not.toContain('only with debug on');
	});

	it('obeys workflow commands on standard error, too', async () => {
		const { annotations } = await run('commands', { operation: 'standardError' });
		expect(annotations).toEqual([{ level: 'notice', message: 'from stderr', properties: {} }]);
	});

	it('passes inputs with their defaults, and nothing of its own environment', async () => {
		process.env.LEAKED_FROM_PARENT = 'yes';
		const result = await run('commands', { operation: 'inputs', key: 'k', typo: 'x' });
		delete process.env.LEAKED_FROM_PARENT;

		expect(result.outputs.inputs).toBe(JSON.stringify([github.token, '100', 'spaced', 'k']));
		expect(result.annotations).toMatchObject([
			{ level: 'warning', message: "Unexpected input(s) 'typo'" },
		]);
		const environment = JSON.parse(result.outputs.environment ?? '{}') as Record<string, string>;
		expect(environment).toMatchObject({
			'INPUT_PAGE-SIZE': '100',
			INPUT_TWO_WORDS: 'spaced',
			INPUT_KEY: 'k',
			'INPUT_RUN-ID': '',
			GITHUB_REPOSITORY: 'acme/audit',
			GITHUB_WORKFLOW_REF: 'acme/audit/.github/workflows/audit.yml@refs/heads/main',
			GITHUB_RUN_ATTEMPT: '1',
		});
		expect(environment).not.toHaveProperty('LEAKED_FROM_PARENT');
		expect(environment).not.toHaveProperty('GITHUB_TOKEN');
	});

	it('drops a summary that is too long', async () => {
		const result = await run('commands', { operation: 'longSummary' });
		expect(result.summary).toBe('');
		expect(result.annotations).toMatchObject([{ level: 'error' }]);
	});

	it('kills the process at a line of output', async () => {
		const killWhen = (line: string) => line === 'ready';
		const result = await run('commands', { operation: 'hang' }, { killWhen });
		expect(result.exitCode).toBeNull();
		expect(result.stdout).toBe('ready\n');
		expect(github.runs.find(lastRunId)).toMatchObject({ conclusion: 'failure' });
	});

	it('cancels like GitHub', async () => {
		const controller = new AbortController();
		const killWhen = (line: string) => {
			if (line === 'ready') controller.abort();
			return false;
		};
		const { signal } = controller;
		const result = await run('commands', { operation: 'hang' }, { killWhen, signal });
		expect(result.exitCode).toBeNull();
		expect(github.runs.find(lastRunId)).toMatchObject({ conclusion: 'cancelled' });
	});
});

describe('a job', () => {
	const leave = (key: string, name = '') => ({ operation: 'leave', key, name });
	const shownBy = ({ steps }: RunResult) => steps.map(({ log }) => log);

	it('runs the post of its actions in reverse order, each with what its step saved', async () => {
		const next = [{ inputs: leave('b') }, () => 'success' as const, { inputs: leave('c') }];
		const result = await run('commands', leave('a'), { next });
		expect(shownBy(result)).toEqual([
			...['a', 'b', 'c'].map((key) => `step ${key}`),
			...['c', 'b', 'a'].map((key) => `post of ${key}: by ${key} in two lines`),
		]);
		expect(result.steps.at(-1)?.outputs.left).toBe('by a\nin two lines');
		// One directory for temporary files.
		expect(new Set(result.steps.map(({ outputs }) => outputs.temp)).size).toBe(1);
		expect(github.runs.find(lastRunId)).toMatchObject({ conclusion: 'success' });
	});

	it.each(['failure', 'cancelled'] as const)(
		'skips what comes after a step that ends with %s, and each post that needs success',
		async (conclusion) => {
			const next = [() => conclusion, { inputs: leave('b') }];
			const result = await run('commands', leave('a'), { next });
			expect(shownBy(result)).toEqual(['step a']);
			expect(result.conclusion).toBe(conclusion);
			expect(github.runs.find(lastRunId)).toMatchObject({ conclusion });
		},
	);

	it('skips the post of a step that failed, unless the job may go on', async () => {
		const failing = { operation: 'leaveAndFail', key: 'a' };
		const failed = await run('commands', failing);
		expect([failed.exitCode, failed.conclusion, failed.steps]).toEqual([
			1,
			'failure',
			[expect.objectContaining({ stage: 'main' })],
		]);
		const allowed = await run('commands', failing, { continueOnError: true });
		expect(allowed.conclusion).toBe('success');
		expect(shownBy(allowed)[1]).toBe('post of a: by a step that failed');
	});

	it('skips the rest of the posts after one that failed', async () => {
		const next = [{ inputs: leave('b', 'failing') }];
		const result = await run('commands', leave('a'), { next });
		expect(shownBy(result)).toEqual([
			'step a',
			'step b',
			expect.stringContaining('post of b: by b in two lines'),
		]);
		expect([result.exitCode, result.conclusion]).toEqual([1, 'failure']);
	});

	it('tells a step the outputs of the actions before it', async () => {
		let told: readonly Record<string, string>[] = [];
		const tell = (outputs: typeof told) => {
			told = outputs;
			return 'success' as const;
		};
		const result = await run('commands', leave('a'), { next: [tell] });
		expect(told).toEqual([{ temp: result.outputs.temp }]);
	});
});
