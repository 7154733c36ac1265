import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { primaryRateLimit, type Protection } from '../../simulators/github/github';
import { ArchiveScene, type ArchiveSceneOptions } from '../archive-scene';
import { runInProcess } from '../in-process';
import { MINUTE, Theatre } from '../harness';

const theatre = Theatre.open(runInProcess);

beforeEach(() => theatre.github.traffic.reset());

afterEach(() => {
	theatre.github.repository.visibility = 'private';
});

/** An archive without a commit, and an activity to commit. */
async function open(options?: ArchiveSceneOptions): Promise<ArchiveScene> {
	const archive = await ArchiveScene.open(theatre, options);
	archive.scene.happened(MINUTE);
	return archive;
}

/** The requests to GitHub that change something. */
function writes(): string[] {
	const { requests } = theatre.github.traffic;
	return requests.filter(({ method }) => method !== 'GET').map(({ path }) => path);
}

it.each([
	['commit-path', 'audit/../.github'],
	['commit-branch', 'refs/heads/audit'],
	['commit-repository', 'acme/..'],
])('an unusable %s is refused before anything is asked', async (name, value) => {
	const archive = await open();
	expect(await archive.fail({ [name]: value })).toContain(`The input ${name} cannot be used`);
	expect(theatre.github.traffic.requests).toEqual([]);
	expect(archive.scene.feed.requests).toEqual([]);
});

describe('a token', () => {
	it.each([
		['may only read contents', { contents: 'read' }],
		['may do nothing with contents', {}],
	] as const)('that %s: the permission it lacks is named', async (_, permissions) => {
		const archive = await open();
		const error = await archive.fail({}, { token: archive.token(permissions) });
		expect(error).toContain(`The token may not commit to ${archive.repository.fullName}`);
		expect(error).toContain('Add the permission "contents: write" to the job');
		expect(error).toContain('fine-grained token');
	});

	it('that GitHub tells there is nothing to write to: the permission is named', async () => {
		const archive = await open();
		const token = archive.token({ contents: 'read', denial: 'not found' });
		const error = await archive.fail({}, { token });
		expect(error).toContain(
			`The token may not commit to ${archive.repository.fullName}: Not Found`,
		);
		expect(error).toContain('Add the permission "contents: write" to the job');
	});

	it('that GitHub does not know: it has to be renewed', async () => {
		const archive = await open();
		const inputs = { 'allow-public-repository': 'true', 'commit-token': 'ghp_expired' };
		const error = await archive.fail(inputs);
		expect(error).toContain('GitHub does not accept the token');
		expect(error).toContain('Bad credentials');
		expect(error).not.toContain('contents: write');
	});

	it('without access to the repository: that is the other thing it may mean', async () => {
		const archive = await open();
		const token = theatre.github.issueToken({ contents: 'write' });
		const allowed = { 'allow-public-repository': 'true' };
		expect(await archive.fail(allowed, { token })).toMatch(
			/^The repository acme\/archive-\d+ was not found\. .*private repository without access\.$/,
		);
		expect(archive.scene.feed.requests).toEqual([]);
	});
});

describe('a protected branch', () => {
	const kinds: [kind: Protection, what: string, exists: boolean, remedy: string][] = [
		['branch protection', 'that exists', true, 'do not require pull requests'],
		['branch protection: who may push', 'that exists', true, 'allow pushes'],
		['ruleset', 'that exists', true, 'do not require pull requests'],
		['ruleset', 'that would be new', false, 'allow creations'],
		['ruleset: no updates', 'that exists', true, 'allow pushes'],
		['ruleset: signatures', 'that exists', true, 'GitHub signs their commits'],
		['ruleset: status checks', 'that exists', true, 'do not require status checks'],
	];

	it.each(kinds)('by %s, %s, is named, with what to change', async (kind, _, exists, remedy) => {
		const archive = await open();
		const { repository, branch } = archive;
		if (exists) await repository.git.push(branch, { 'notes.txt': 'Hello\n' });
		repository.protectedBranches.set(branch, kind);
		const error = await archive.fail();
		expect(error).toContain(`The branch ${branch} of ${repository.fullName} is protected`);
		expect(error).toContain(remedy);
		expect(error).toContain('choose another commit-branch');
		// The run does not try again.
		expect(writes().filter((path) => path.endsWith('/git/trees'))).toHaveLength(1);
	});
});

describe('a repository', () => {
	it('that is archived says so, and is not taken for a missing permission', async () => {
		const archive = await open();
		archive.repository.isArchived = true;
		const error = await archive.fail();
		expect(error).toContain(`The repository ${archive.repository.fullName} is archived`);
		expect(error).toContain('Unarchive it');
		expect(error).not.toContain('contents: write');
	});

	it('with another branch in the way of a new one names that', async () => {
		const archive = await open();
		await archive.repository.git.push('audit-log/2024', { 'notes.txt': 'Hello\n' });
		expect(await archive.fail()).toContain('beside the branch audit-log/2024');
	});

	it('with a file at the archive’s path is left as it is', async () => {
		const archive = await open();
		await archive.repository.git.push('audit-log', { audit: 'Hello\n' });
		const error = await archive.fail();
		expect(error).toContain('audit is not a directory');
		expect(error).toContain('choose another commit-path');
		expect(archive.scene.feed.requests).toEqual([]);
	});

	it('with a .gitattributes of somebody else keeps it, and the run warns', async () => {
		const archive = await open();
		await archive.repository.git.push('audit-log', { 'audit/.gitattributes': '* text\n' });
		const { exitCode, annotations } = await archive.run();
		expect(exitCode).toBe(0);
		expect(annotations).toMatchObject([
			{
				level: 'warning',
				message: expect.stringContaining('audit/.gitattributes was not written by the Action'),
			},
		]);
		expect(await archive.text('.gitattributes')).toBe('* text\n');
		await archive.expectAll();
	});
});

describe('a file that is too large for GitHub’s API', () => {
	it('to give: that is said, and not that a permission is missing', async () => {
		const archive = await open();
		await archive.succeed();
		archive.repository.blobLimit = 100;
		const error = await archive.fail();
		expect(error).toContain(`A file of the archive in ${archive.repository.fullName} is larger`);
		expect(error).toContain('Verify the archive');
		expect(error).not.toContain('permission');
	});

	it('to take: that is said, and the next run commits the same', async () => {
		const archive = await open();
		const { blobLimit } = archive.repository;
		archive.repository.blobLimit = 100;
		const error = await archive.fail();
		expect(error).toContain('is larger than GitHub accepts in one request');
		expect(error).toContain('Nothing is lost');
		archive.repository.blobLimit = blobLimit;
		await archive.succeed();
		await archive.expectAll();
	});
});

describe('a submodule in the archive', () => {
	it('stops a run that would write there, and is named', async () => {
		const archive = await open();
		await archive.succeed();
		const { git } = archive.repository;
		const day = [...(await archive.files()).keys()].find((path) => path.endsWith('.ndjson')) ?? '';
		await git.push(archive.branch, { [day]: '' }, 'Push', '160000');
		archive.scene.happened(0);
		const error = await archive.fail();
		expect(error).toContain(`${day} is not a file, but a submodule: the archive needs a file`);
		expect(error).toContain('remove it from the branch');
	});
});

describe('a rate limit', () => {
	it('that lasts long ends the run, and is not taken for a missing permission', async () => {
		const archive = await open();
		theatre.github.traffic.script({
			on: archive.on('/git/trees$'),
			answer: primaryRateLimit(60 * MINUTE),
		});
		const error = await archive.fail();
		expect(error).toContain('GitHub limits the rate of requests');
		expect(error).not.toContain('permission');
		await archive.succeed();
		await archive.expectAll();
	});
});

describe('a repository that anyone can read', () => {
	const places = [
		['the workflow’s', () => theatre.github.repository],
		['the archive’s', ({ repository }: ArchiveScene) => repository],
	] as const;

	it.each(places)('gets nothing, and the feed is not even asked: %s', async (_, repositoryOf) => {
		const archive = await open();
		const repository = repositoryOf(archive);
		repository.visibility = 'public';
		const error = await archive.fail();
		expect(error).toContain(`The repository ${repository.fullName} is public`);
		expect(error).toContain('set allow-public-repository to true');
		expect(writes()).toEqual([]);
		expect(archive.scene.feed.requests).toEqual([]);
	});

	it.each(places)('gets it when that is allowed in so many words: %s', async (_, repositoryOf) => {
		const archive = await open();
		repositoryOf(archive).visibility = 'public';
		await archive.succeed({ 'allow-public-repository': 'true' });
		await archive.expectAll();
	});

	it.each(places)('may be any of which GitHub does not tell: %s', async (_, repositoryOf) => {
		const archive = await open();
		const { fullName } = repositoryOf(archive);
		theatre.github.traffic.script({
			on: new RegExp(`^GET /repos/${fullName}$`),
			answer: { status: 404, body: { message: 'Not Found' } },
		});
		const error = await archive.fail();
		expect(error).toContain(`Could not determine whether the repository ${fullName} is private`);
		expect(writes()).toEqual([]);
		expect(archive.scene.feed.requests).toEqual([]);
	});

	it.each(places)('may be all of an enterprise: %s', async (_, repositoryOf) => {
		const archive = await open();
		const repository = repositoryOf(archive);
		repository.visibility = 'internal';
		const error = await archive.fail();
		expect(error).toContain(`The repository ${repository.fullName} is internal`);
		expect(error).toContain('set allow-public-repository to true');
		expect(writes()).toEqual([]);
		await archive.succeed({ 'allow-public-repository': 'true' });
		await archive.expectAll();
	});
});
