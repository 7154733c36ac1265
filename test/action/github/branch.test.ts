import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Octokit } from '@octokit/rest';
import { Branch } from '../../../action/github/branch';
import { BranchMoved } from '../../../archive/archive-branch';
import { sha256 } from '../../../archive/sha256';
import { Bench, DAY, MINUTE, PRESENT } from '../../core/harness';
import { type GitHub, type Repository, startGitHub } from '../../simulators/github/github';
import { archiveFeed } from '../../archive/archive-feed';
import { expectWhole } from '../../archive/whole-archive';

let github: GitHub;
let repository: Repository;
let branch: Branch;
let lastRepository = 0;

beforeAll(async () => {
	github = await startGitHub();
});

afterAll(() => github.close());

beforeEach(async () => {
	github.traffic.reset();
	repository = github.addRepository({ name: `branch-${++lastRepository}` });
	await push({ 'README.md': 'Hello\n' }, 'main');
	branch = open();
});

/** Unlike the real client, it does not try again by itself. */
function open(name = 'audit-log'): Branch {
	const auth = github.issueToken({ contents: 'write' }, repository);
	const silent = () => undefined;
	const log = { debug: silent, info: silent, warn: silent, error: silent };
	const octokit = new Octokit({ auth, baseUrl: github.apiUrl, log });
	const place = { owner: 'acme', repository: repository.name, branch: name };
	return new Branch(octokit, place, async () => undefined);
}

const push = (files: Record<string, string | null>, name = 'audit-log') =>
	repository.git.push(name, files);

const files = (contents: Record<string, string>) =>
	new Map(Object.entries(contents).map(([path, content]) => [path, Buffer.from(content)]));

const commit = async (contents: Record<string, string>) =>
	branch.commit(await branch.tip(), files(contents), 'Archive');

const tipSha = async () => (await repository.git.git('rev-parse', 'audit-log')).trim();

/** The requests to GitHub, such as `POST /git/blobs`. */
const asked = (pattern: RegExp) =>
	github.traffic.requests.filter(({ method, path }) =>
		pattern.test(`${method} ${path.replace(/^\/repos\/[^/]+\/[^/]+/, '')}`),
	);

const MOVE = /^PATCH .*\/git\/refs\//;
const MAKE = /^POST .*\/git\/refs$/;

describe('a commit whose answer is lost', () => {
	it.each([
		['makes', false],
		['moves', true],
	])('is the same one when what %s the branch takes effect late', async (_, exists) => {
		if (exists) await push({ 'a.txt': 'a' });
		github.traffic.script({ on: exists ? MOVE : MAKE, answer: 'cut' });
		const lost = await commit({ 'b.txt': 'b' }).catch((error: unknown) => error);
		expect(lost).toBeInstanceOf(BranchMoved);
		const { sha } = (lost as BranchMoved).attempted;
		const before = exists ? await tipSha() : undefined;
		const tip = await branch.tip();
		github.traffic.script({
			on: exists ? MOVE : MAKE,
			meanwhile: () => repository.git.updateRef('refs/heads/audit-log', sha, before),
		});
		const made = await branch.commit(tip, files({ 'b.txt': 'b' }), 'Archive');
		expect(made.sha).toBe(sha);
		// After a second, another commit of the same files would have another hash.
		expect(asked(/^POST .*\/git\/commits$/)).toHaveLength(1);
		expect(await tipSha()).toBe(sha);
	});
});

describe('a commit that another try made', () => {
	it('is the branch’s head already, whatever the answer', async () => {
		const contents = files({ 'b.txt': 'b' });
		github.traffic.script({ on: MAKE, answer: 'cut', effective: true });
		await expect(branch.commit(undefined, contents, 'Archive')).rejects.toBeInstanceOf(BranchMoved);
		expect((await branch.commit(undefined, contents, 'Archive')).sha).toBe(await tipSha());
	});
});

describe('a refusal to move the branch', () => {
	const refused = { status: 422, body: { message: 'Reference update failed' } };

	it('that passes is got over', async () => {
		await push({ 'a.txt': 'a' });
		github.traffic.script({ on: MOVE, answer: refused });
		expect((await commit({ 'b.txt': 'b' })).sha).toBe(await tipSha());
	});

	it('that stays is reported in GitHub’s words, and is no lost race', async () => {
		await push({ 'a.txt': 'a' });
		github.traffic.script({ on: MOVE, answer: refused, times: Infinity });
		await expect(commit({ 'b.txt': 'b' })).rejects.toThrow(
			/^GitHub refuses to set the branch audit-log of acme\/branch-\d+: Reference update failed\. .*rulesets and branch protection/,
		);
		expect(asked(MOVE)).toHaveLength(2);
	});

	it('by a branch that has moved is a lost race', async () => {
		await push({ 'a.txt': 'a' });
		github.traffic.script({ on: MOVE, meanwhile: () => push({ 'c.txt': 'c' }) });
		await expect(commit({ 'b.txt': 'b' })).rejects.toBeInstanceOf(BranchMoved);
		expect(asked(MOVE)).toHaveLength(1);
	});

	it('by a branch that has moved is a lost race, though what is read is old', async () => {
		await push({ 'a.txt': 'a' });
		const body = { message: 'Update is not a fast forward' };
		github.traffic.script({ on: MOVE, answer: { status: 422, body } });
		await expect(commit({ 'b.txt': 'b' })).rejects.toBeInstanceOf(BranchMoved);
	});

	it.each([
		['audit-log', 'audit-log/2025/a'],
		['audit/log/a', 'audit/log'],
	])('to %s because there is %s names the one in the way', async (name, other) => {
		await push({ 'a.txt': 'a' }, other);
		await push({ 'a.txt': 'a' }, 'audit-log-2');
		branch = open(name);
		await expect(commit({ 'b.txt': 'b' })).rejects.toThrow(
			new RegExp(
				`^The branch ${name} of .* cannot be created beside the branch ${other}: .*another commit-branch`,
			),
		);
	});
});

describe('what GitHub answers in a repository with commits', () => {
	const conflict = { status: 409, body: { message: 'Something is in the way' } };

	it('is reported as a conflict, and not taken for an empty repository', async () => {
		github.traffic.script({ on: /\/git\/ref\//, answer: conflict });
		await expect(branch.tip()).rejects.toThrow('Something is in the way');
	});

	it('does not make it begin again where the default branch is missing', async () => {
		repository.defaultBranch = 'trunk';
		await commit({ 'a.txt': 'a' });
		expect(asked(/^PUT/)).toEqual([]);
	});

	it('is reported when a repository cannot get its first commit', async () => {
		repository = github.addRepository({ name: `branch-${++lastRepository}` });
		branch = open();
		github.traffic.script({ on: /^PUT/, answer: conflict });
		await expect(commit({ 'a.txt': 'a' })).rejects.toThrow('Something is in the way');
	});
});

describe('what somebody else has put in the archive’s place', () => {
	it.each([
		['a file in place of the directory', { audit: 'x' }, 'audit is not a directory'],
		['a file above it', { a: 'x' }, 'a is not a directory', 'a/audit'],
		['a directory in place of the file', { 'audit/s/x': 'x' }, 'audit/s is not a file'],
	])('is reported, and not replaced: %s', async (_, there, message, directory = 'audit') => {
		await push(there);
		const tip = (await branch.tip())!;
		await expect(branch.read(tip, `${directory}/s`)).rejects.toThrow(message);
		await expect(branch.read(tip, `${directory}/s`)).rejects.toThrow('another commit-path');
	});

	it('is reported where a directory is expected', async () => {
		await push({ 'audit/2025': 'x' });
		const tip = (await branch.tip())!;
		await expect(branch.list(tip, 'audit/2025')).rejects.toThrow('audit/2025 is not a directory');
		await expect(branch.list(tip, 'audit/2025/01')).rejects.toThrow('is not a directory');
	});
});

describe('what somebody has put into the archive', () => {
	const day = 'audit/2026/03/01.ndjson';

	it.each([
		['a submodule in place of a directory', '160000', 'audit/2026', 'a directory', 'a submodule'],
		['a submodule in place of a file', '160000', day, 'a file', 'a submodule'],
		['a link in place of a directory', '120000', 'audit/2026', 'a directory', 'a symbolic link'],
		['a link in place of a file', '120000', day, 'a file', 'a symbolic link'],
	] as const)('is reported with its path: %s', async (_, mode, path, kind, what) => {
		await push({ 'audit/a.txt': 'a' });
		await repository.git.push('audit-log', { [path]: '/etc/passwd' }, 'Push', mode);
		const tip = (await branch.tip())!;
		await expect(branch.read(tip, day)).rejects.toThrow(
			`${path} is not ${kind}, but ${what}: the archive needs ${kind} there. If somebody put it into the archive, remove it`,
		);
	});

	it('does no harm where it is a file that may be run', async () => {
		await push({ 'audit/a.txt': 'a' });
		await repository.git.push('audit-log', { [day]: '{}\n' }, 'Push', '100755');
		expect((await branch.read((await branch.tip())!, day))?.toString()).toBe('{}\n');
	});
});

describe('an object that was just made', () => {
	it('may be unknown to GitHub for a moment', async () => {
		await push({ 'a.txt': 'a' });
		repository.lag = 1;
		const large = 'x'.repeat(1_500_000);
		const { sha } = await commit({ large, 'b.txt': 'b' });
		expect(sha).toBe(await tipSha());
		const tip = (await branch.tip())!;
		expect((await branch.read(tip, 'b.txt'))?.toString()).toBe('b');
		await commit({ 'c.txt': 'c' });
	});

	it('that stays unknown is reported, and not taken for a missing repository', async () => {
		await push({ 'a.txt': 'a' });
		const notFound = { status: 404, body: { message: 'Not Found' } };
		github.traffic.script({ on: /\/git\/commits\//, answer: notFound, times: Infinity });
		await expect(branch.tip()).rejects.toThrow(/^GitHub did not return all of/);
	});
});

describe('files', () => {
	const KILOBYTE = 1024;
	const many = Object.fromEntries(
		Array.from({ length: 30 }, (_, n) => [`a/${n}.txt`, `${n}\n`.repeat(34 * KILOBYTE)]),
	);

	/** Compares hashes, because a comparison byte by byte takes long. */
	async function expectStored(contents: Record<string, string>): Promise<void> {
		const stored = [...(await repository.git.files('audit-log'))];
		expect(Object.fromEntries(stored.map(([path, content]) => [path, sha256(content)]))).toEqual(
			Object.fromEntries([...files(contents)].map(([path, content]) => [path, sha256(content)])),
		);
	}

	it('travel together, a megabyte at a time', async () => {
		await commit(many);
		const bytes = Object.values(many).reduce((sum, text) => sum + text.length, 0);
		expect(bytes).toBeGreaterThan(2_500_000);
		expect(asked(/^POST \/git\/trees/)).toHaveLength(3);
		expect(asked(/^POST/)).toHaveLength(3 + 2);
		await expectStored(many);
	});

	it('are not sent again after a lost race', async () => {
		await push({ 'z.txt': 'z' });
		const large = 'x'.repeat(2 * KILOBYTE * KILOBYTE);
		const contents = { ...many, large };
		github.traffic.script({ on: MOVE, meanwhile: () => push({ 'c.txt': 'c' }) });
		await expect(commit(contents)).rejects.toBeInstanceOf(BranchMoved);
		github.traffic.reset();
		await commit({ ...contents, 'a/0.txt': 'changed' });
		expect(asked(/^POST/).map(({ path }) => path.replace(/.*\/git/, ''))).toEqual([
			...['/trees', '/commits'],
		]);
		const sent = JSON.stringify(github.traffic.requests.map(({ body }) => body));
		expect(sent.length).toBeLessThan(10 * KILOBYTE);
		await expectStored({ ...contents, 'a/0.txt': 'changed', 'c.txt': 'c', 'z.txt': 'z' });
	});

	it('that are no text arrive byte for byte', async () => {
		const content = Buffer.from([0x7b, 0xff, 0xfe, 0x0a]);
		await branch.commit(undefined, new Map([['a', content]]), 'Archive');
		expect((await repository.git.files('audit-log')).get('a')).toEqual(content);
	});
});

it('takes few requests, of which GITHUB_TOKEN has 1,000 an hour', async () => {
	const bench = new Bench({ recordReads: false });
	const [days, daily] = [90, 200];
	const span = { from: PRESENT - days * DAY, to: PRESENT };
	bench.simulated.generate({ count: days * daily, ...span });
	await archiveFeed(bench, branch, { backfillStart: span.from });
	expect(github.traffic.counts).toEqual({ GET: 2, POST: 11 });

	bench.clock.advance(60 * MINUTE);
	for (let n = 0; n < 100; n++) bench.happened(n * 1000);
	github.traffic.reset();
	await archiveFeed(bench, open());
	// Three of them check that the last manifest agrees with the checkpoint file.
	expect(github.traffic.counts).toEqual({ GET: 11, POST: 2, PATCH: 1 });
	const whole = expectWhole(await repository.git.files('audit-log'));
	expect(whole.lines).toHaveLength(days * daily + 100);
	expect(whole.manifests).toHaveLength(2);
});

it.each([
	{ days: 3 * 365, daily: 50, commits: 8, requests: 83, writing: 46 },
	{ days: 30, daily: 5000, commits: 3, requests: 54, writing: 42 },
])('a first run of $days days of $daily takes $requests requests', async (run) => {
	const { days, daily, commits, requests, writing } = run;
	const bench = new Bench({ recordReads: false });
	const span = { from: PRESENT - days * DAY, to: PRESENT };
	bench.simulated.generate({ count: days * daily, ...span });
	await archiveFeed(bench, branch, { backfillStart: span.from });
	const { GET = 0, ...writes } = github.traffic.counts;
	const written = Object.values(writes).reduce((sum, count) => sum + count, 0);
	expect({ requests: GET + written, writing: written }).toEqual({ requests, writing });
	const { manifests } = expectWhole(await repository.git.files('audit-log'));
	expect(manifests).toHaveLength(commits);
});
