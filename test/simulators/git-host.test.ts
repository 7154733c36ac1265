import childProcess from 'node:child_process';
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	it,
	jest,
} from '@jest/globals';
import { VARIABLE } from '../shared/shared';
import {
	primaryRateLimit,
	secondaryRateLimit,
	startGitHub,
	type GitHub,
	type Repository,
} from './github/github';

let github: GitHub;
let repository: Repository;
let token: string;
let lastRepository = 0;

beforeAll(async () => {
	github = await startGitHub();
});

afterAll(async () => {
	await github.close();
});

beforeEach(async () => {
	github.traffic.reset();
	repository = github.addRepository({ name: `archive-${++lastRepository}` });
	await repository.git.push('main', { 'README.md': 'Hello\n' }, 'Begin');
	token = github.issueToken({ contents: 'write' }, repository);
});

afterEach(async () => {
	await repository.git.close();
});

interface Reply {
	status: number;
	headers: Headers;
	body: unknown;
}

interface Named {
	sha: string;
}

interface CommitReply extends Named {
	html_url: string;
	tree: Named;
}

interface TreeReply extends Named {
	truncated: boolean;
	tree: { path: string; type: string; size?: number }[];
}

interface Options {
	as?: string;
	of?: Repository;
	accept?: string;
}

async function call(
	method: string,
	resource: string,
	body?: unknown,
	{ as = token, of = repository, accept = 'application/vnd.github+json' }: Options = {},
): Promise<Reply> {
	const response = await fetch(`${github.apiUrl}/repos/${of.fullName}${resource}`, {
		method,
		headers: { authorization: `Bearer ${as}`, accept },
		...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
	});
	const text = await response.text();
	const isJson = response.headers.get('content-type')?.startsWith('application/json');
	const { status, headers } = response;
	return { status, headers, body: isJson ? (JSON.parse(text) as unknown) : text };
}

const HOUR = 60 * 60_000;
const get = (resource: string, options?: Options) => call('GET', resource, undefined, options);

/** Makes a request, and returns the body of a success. */
async function done<Body = Named>(method: string, resource: string, body?: unknown): Promise<Body> {
	const reply = await call(method, resource, body);
	expect({ ...reply, ok: reply.status < 300 }).toMatchObject({ ok: true });
	return reply.body as Body;
}

const commitOf = (sha: string) => done<CommitReply>('GET', `/git/commits/${sha}`);

const treeOf = (name: string) => done<TreeReply>('GET', `/git/trees/${name}`);

const file = (path: string, content: string) => ({ path, mode: '100644', type: 'blob', content });

/** Creates a commit like a client, but does not move the reference. */
async function prepare(
	files: Record<string, string>,
	more: Record<string, unknown> = {},
): Promise<{ sha: string; parent: string }> {
	const { object } = await done<{ object: Named }>('GET', '/git/ref/heads/main');
	const parent = object.sha;
	const tree = await done('POST', '/git/trees', {
		base_tree: (await commitOf(parent)).tree.sha,
		tree: Object.entries(files).map(([path, content]) => file(path, content)),
	});
	const request = { message: 'Add files', tree: tree.sha, parents: [parent], ...more };
	return { sha: (await done('POST', '/git/commits', request)).sha, parent };
}

const move = (sha: string, more: object = {}) =>
	call('PATCH', '/git/refs/heads/main', { sha, ...more });

const head = async (branch = 'main') =>
	(await repository.git.git('rev-parse', `refs/heads/${branch}`)).trim();

const show = (name: string) => repository.git.git('show', `main:${name}`);

/** Expects that Git finds no fault in the repository. */
async function expectSound(of = repository): Promise<void> {
	expect(await of.git.git('fsck', '--strict', '--no-dangling')).toBe('');
}

const refusal = (status: number, message: string | RegExp) => ({
	status,
	body: {
		message: expect.stringMatching(message),
		documentation_url: expect.stringMatching(/^https:\/\/docs\.github\.com\/rest/),
		status: String(status),
	},
});

describe('a commit by the Git database', () => {
	it('contains its files, and those of its base', async () => {
		const blob = await done('POST', '/git/blobs', {
			content: Buffer.from('{"id":"ü"}\n').toString('base64'),
			encoding: 'base64',
		});
		const tree = await done('POST', '/git/trees', {
			base_tree: (await commitOf(await head())).tree.sha,
			tree: [
				{ path: 'audit/2025/03/18.ndjson', mode: '100644', type: 'blob', sha: blob.sha },
				file('audit/.checkpoint.json', '{}\n'),
				file('audit.txt', 'sorts before audit/\n'),
			],
		});
		const parent = await head();
		const commit = await done<CommitReply>('POST', '/git/commits', {
			message: 'Archive 1 activity\n\nMarch 18',
			tree: tree.sha,
			parents: [parent],
		});
		expect(await move(commit.sha)).toMatchObject({
			status: 200,
			body: { ref: 'refs/heads/main', object: { type: 'commit', sha: commit.sha } },
		});

		await expectSound();
		expect(await repository.git.git('log', '--format=%an|%s|%b', '-1')).toBe(
			'github-actions[bot]|Archive 1 activity|March 18\n',
		);
		expect(await repository.git.git('show', '--format=', '--name-status', 'main')).toBe(
			'A\taudit.txt\nA\taudit/.checkpoint.json\nA\taudit/2025/03/18.ndjson\n',
		);
		expect(await show('audit/2025/03/18.ndjson')).toBe('{"id":"ü"}\n');
		expect(await show('README.md')).toBe('Hello\n');
		expect(commit.html_url).toBe(`https://github.com/${repository.fullName}/commit/${commit.sha}`);
	});

	it('starts no process for each request', async () => {
		await move((await prepare({ 'warm.txt': '' })).sha);
		// Now each process would be started here, where it is seen.
		const elsewhere = jest.replaceProperty(process, 'env', {
			...process.env,
			[VARIABLE]: undefined,
		});
		const started = jest.spyOn(childProcess, 'spawn');
		await move((await prepare({ 'audit/2025/03/18.ndjson': '{}\n' })).sha);
		const commands = started.mock.calls.map(([, args]) => args[0]);
		started.mockRestore();
		elsewhere.restore();
		expect(commands).toEqual([]);
	});

	it('is signed unless the request names an author', async () => {
		const signed = await prepare({ 'a.txt': 'a' });
		expect(await commitOf(signed.sha)).toMatchObject({
			author: { name: 'github-actions[bot]' },
			committer: { name: 'github-actions[bot]' },
			message: 'Add files',
			parents: [{ sha: signed.parent }],
			verification: {
				verified: true,
				reason: 'valid',
				payload: expect.stringMatching(/^tree \w{40}\nparent .*\n\nAdd files$/s),
			},
		});
		const author = { name: 'A. Writer', email: 'a@example.com', date: '2025-03-18T12:00:00Z' };
		const unsigned = await prepare({ 'b.txt': 'b' }, { author });
		expect(await commitOf(unsigned.sha)).toMatchObject({
			author,
			committer: author,
			verification: { verified: false, reason: 'unsigned', signature: null },
		});
		await move(unsigned.sha);
		await expectSound();
		expect(await repository.git.git('log', '-1', '--format=%an %aI')).toBe(
			'A. Writer 2025-03-18T12:00:00+00:00\n',
		);
	});

	it('is refused after a lost race, and forced only on request', async () => {
		const [mine, theirs] = [
			await prepare({ 'a.txt': 'mine' }),
			await prepare({ 'a.txt': 'theirs' }),
		];
		expect((await move(theirs.sha)).status).toBe(200);
		expect(await move(mine.sha, { force: false })).toMatchObject(
			refusal(422, 'Update is not a fast forward'),
		);
		expect(await head()).toBe(theirs.sha);
		expect((await move(theirs.sha)).status).toBe(200);
		expect((await move(mine.sha, { force: true })).status).toBe(200);
		expect(await head()).toBe(mine.sha);
	});

	it('succeeds for one of several clients that move the branch at the same time', async () => {
		const rivals = await Promise.all(
			Array.from({ length: 6 }, (_, index) => prepare({ 'a.txt': String(index) })),
		);
		const replies = await Promise.all(rivals.map(({ sha }) => move(sha)));
		expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
		for (const reply of replies.filter(({ status }) => status !== 200)) {
			expect(reply).toMatchObject(refusal(422, /not a fast forward|cannot be updated/));
		}
		await expectSound();
	});

	it.each([
		['no message', { tree: 'TREE' }, /"message" wasn't supplied/],
		['an unknown tree', { message: 'm', tree: 'f'.repeat(40) }, 'Tree SHA does not exist'],
		['a tree for a parent', { message: 'm', tree: 'TREE', parents: ['TREE'] }, 'Parent SHA'],
		['a nameless author', { message: 'm', tree: 'TREE', author: { email: 'a' } }, /"author"/],
	])('is refused with %s', async (_, request, message) => {
		const tree = (await commitOf(await head())).tree.sha;
		const body = JSON.stringify(request).replaceAll('TREE', tree);
		expect(await call('POST', '/git/commits', body)).toMatchObject(refusal(422, message));
	});
});

describe('references', () => {
	it('are created once, under names that Git allows', async () => {
		const sha = await head();
		const create = (ref: string, target = sha) => call('POST', '/git/refs', { ref, sha: target });

		expect(await get('/git/ref/heads/audit-log')).toMatchObject(refusal(404, 'Not Found'));
		expect(await create('refs/heads/audit-log')).toMatchObject({
			status: 201,
			body: { ref: 'refs/heads/audit-log', object: { sha, type: 'commit' } },
		});
		expect(await get('/git/ref/heads/audit-log')).toMatchObject({ body: { object: { sha } } });
		expect(await create('refs/heads/audit-log')).toMatchObject(
			refusal(422, 'Reference already exists'),
		);
		expect(await create('refs/heads/audit-log/below')).toMatchObject(
			refusal(422, 'Reference update failed'),
		);
		expect(await create('audit')).toMatchObject(refusal(422, "must start with 'refs/'"));
		for (const name of ['a..b', 'a b', '.a', 'a/', 'a.lock', 'a~1', 'a@{1}', '']) {
			expect(await create(`refs/heads/${name}`)).toMatchObject(
				refusal(422, 'not a valid ref name'),
			);
		}
		expect(await create('refs/heads/b', 'abc')).toMatchObject(refusal(422, '40 characters'));
		expect(await create('refs/heads/b', 'f'.repeat(40))).toMatchObject(
			refusal(422, 'Object does not exist'),
		);
		expect(await get('/git/ref/heads/main~0')).toMatchObject({ status: 404 });
		expect(await call('PATCH', '/git/refs/heads/none', { sha })).toMatchObject(
			refusal(422, 'Reference does not exist'),
		);
		await expectSound();
	});

	it('show a branch with its commit', async () => {
		repository.protectedBranches.set('main', 'ruleset');
		expect(await get('/branches/main')).toMatchObject({
			status: 200,
			body: {
				name: 'main',
				protected: true,
				commit: { sha: await head(), commit: { message: 'Begin', author: { name: 'Someone' } } },
			},
		});
		expect(await get('/branches/none')).toMatchObject(refusal(404, 'Branch not found'));
	});

	it('do not move if the branch is protected', async () => {
		const before = await head();
		const { sha } = await prepare({ 'a.txt': 'a' });
		const put = () => call('PUT', '/contents/b.txt', { message: 'm', content: 'Yg==' });
		const rule = 'Changes must be made through a pull request.';

		repository.protectedBranches.set('main', 'branch protection');
		expect(await move(sha)).toMatchObject(refusal(422, `^${rule}$`));
		expect(await put()).toMatchObject(refusal(409, `^Could not update file: ${rule}$`));
		repository.protectedBranches.set('main', 'ruleset').set('new', 'ruleset');
		expect(await move(sha)).toMatchObject(
			refusal(422, `^Repository rule violations found\n\n${rule}\n\n$`),
		);
		expect(await call('POST', '/git/refs', { ref: 'refs/heads/new', sha })).toMatchObject(
			refusal(422, 'creations being restricted'),
		);
		expect(await head()).toBe(before);
	});
});

describe('trees', () => {
	const create = (body: object) => call('POST', '/git/trees', body);

	it('extend others: entries replace, null removes, empty directories disappear', async () => {
		const sha = await repository.git.push('main', { 'a/b/c.txt': 'c', 'a/d.txt': 'd', e: 'e' });
		const laid = await done('POST', '/git/trees', {
			base_tree: sha,
			tree: [
				{ path: 'a/b/c.txt', mode: '100644', type: 'blob', sha: null },
				file('a/d.txt', 'D'),
				file('e/now/a/folder.txt', 'f'),
			],
		});
		const listed = await treeOf(`${laid.sha}?recursive=1`);
		expect(listed.truncated).toBe(false);
		expect(listed.tree.map(({ path, type, size }) => [path, type, size])).toEqual([
			['README.md', 'blob', 6],
			['a', 'tree', undefined],
			['a/d.txt', 'blob', 1],
			['e', 'tree', undefined],
			['e/now', 'tree', undefined],
			['e/now/a', 'tree', undefined],
			['e/now/a/folder.txt', 'blob', 1],
		]);

		const moved = await done('POST', '/git/trees', {
			tree: [{ path: 'copy', mode: '040000', type: 'tree', sha: laid.sha }, file('copy/e', 'x')],
		});
		expect((await treeOf(`${moved.sha}?recursive=1`)).tree.map(({ path }) => path)).toEqual([
			...['copy', 'copy/README.md', 'copy/a', 'copy/a/d.txt', 'copy/e'],
		]);
		await expectSound();
	});

	it('are listed by branch and commit, level by level, and cut if they are long', async () => {
		await repository.git.push('main', { 'a/b.txt': 'b' });
		const top = await treeOf('main');
		expect(top.tree.map(({ path }) => path)).toEqual(['README.md', 'a']);
		expect(await treeOf(await head())).toEqual(top);
		repository.treeLimit = 2;
		const cut = await treeOf('main?recursive=1');
		expect([cut.truncated, cut.tree.length]).toEqual([true, 2]);
		expect((await get(`/git/trees/${'f'.repeat(40)}`)).status).toBe(404);
	});

	it.each([
		['.git', file('a/.GIT/config', ''), 'malformed path'],
		['a way up', file('a/../b', ''), 'malformed path'],
		['a leading slash', file('/a', ''), 'cannot start with a slash'],
		['an odd mode', { ...file('a', ''), mode: '100600' }, 'file mode'],
		['both content and name', { ...file('a', ''), sha: 'f'.repeat(40) }, 'either'],
		[
			'an unknown blob',
			{ ...file('a', ''), content: undefined, sha: 'f'.repeat(40) },
			'not a valid',
		],
		['the removal of nothing', { ...file('none', ''), sha: null }, 'BadObjectState'],
	])('are refused with %s', async (_, entry, message) => {
		expect(await create({ tree: [entry] })).toMatchObject(refusal(422, message));
	});

	it('are refused with an invalid base', async () => {
		const tree = [file('a', '')];
		expect(await create({ base_tree: 'f'.repeat(40), tree })).toMatchObject(
			refusal(422, 'base_tree'),
		);
		expect(await create({ tree: [] })).toMatchObject(refusal(422, 'Invalid tree info'));
	});
});

describe('blobs', () => {
	it.each([
		['text', 'utf-8', 'grün\r\n', Buffer.from('grün\r\n')],
		['bytes', 'base64', 'AP8K\n', Buffer.from([0, 255, 10])],
		['nothing', undefined, '', Buffer.alloc(0)],
	])('hold %s', async (_, encoding, content, bytes) => {
		const { sha } = await done('POST', '/git/blobs', { content, encoding });
		const blob = await done<{ content: string }>('GET', `/git/blobs/${sha}`);
		expect(blob).toMatchObject({ encoding: 'base64', size: bytes.length, sha });
		expect(Buffer.from(blob.content, 'base64')).toEqual(bytes);
	});

	it('are refused if they are too large, or not base64', async () => {
		repository.blobLimit = 10;
		const large = { content: 'x'.repeat(11) };
		expect(await call('POST', '/git/blobs', large)).toMatchObject({
			status: 422,
			body: { errors: [{ resource: 'Blob', code: 'too_large' }] },
		});
		expect((await call('POST', '/git/trees', { tree: [file('a', large.content)] })).status).toBe(
			422,
		);
		expect(await call('POST', '/git/blobs', { content: '%', encoding: 'base64' })).toMatchObject(
			refusal(422, 'Base64'),
		);
		expect(await call('POST', '/git/blobs', '{')).toMatchObject(refusal(400, 'parsing JSON'));
		expect((await get(`/git/blobs/${await head()}`)).status).toBe(404);
	});

	it('can be large, and several at a time', async () => {
		const content = 'x'.repeat(5_000_000);
		const { sha } = await done('POST', '/git/blobs', { content });
		const replies = await Promise.all(
			Array.from({ length: 8 }, () => get(`/git/blobs/${sha}`, { accept: RAW })),
		);
		expect(replies.every(({ body }) => body === content)).toBe(true);
	});
});

const RAW = 'application/vnd.github.raw+json';

describe('contents', () => {
	it('are returned as JSON, raw, and as folders', async () => {
		const old = await head();
		await repository.git.push('main', { 'a/b c.txt': 'grün\n', 'README.md': 'Changed\n' });
		expect((await get('/contents/a/b%20c.txt')).body).toMatchObject({
			type: 'file',
			encoding: 'base64',
			size: 6,
			name: 'b c.txt',
			path: 'a/b c.txt',
			content: `${Buffer.from('grün\n').toString('base64')}\n`,
		});
		const raw = await get('/contents/a/b%20c.txt?ref=main', { accept: RAW });
		expect(raw.body).toBe('grün\n');
		expect(raw.headers.get('content-type')).toBe(`${RAW}; charset=utf-8`);
		expect((await get(`/contents/README.md?ref=${old}`, { accept: RAW })).body).toBe('Hello\n');
		expect((await get('/contents/')).body).toMatchObject([
			{ path: 'README.md', type: 'file', size: 8 },
			{ path: 'a', type: 'dir' },
		]);
		expect(
			(await get('/contents/a', { accept: 'application/vnd.github.object+json' })).body,
		).toMatchObject({ type: 'dir', entries: [{ path: 'a/b c.txt' }] });
		expect(await get('/contents/none')).toMatchObject(refusal(404, 'Not Found'));
		expect(await get('/contents/a?ref=none')).toMatchObject(refusal(404, 'No commit found'));

		repository.contentLimit = 5;
		expect((await get('/contents/README.md')).body).toMatchObject({
			content: '',
			encoding: 'none',
		});
		expect((await get('/contents/README.md', { accept: RAW })).body).toBe('Changed\n');
		repository.blobLimit = 5;
		expect((await get('/contents/README.md', { accept: RAW })).status).toBe(403);
	});

	it('of a large folder are cut without a sign', async () => {
		const many = Array.from({ length: 1001 }, (_, n) => [`a/${n}`, ''] as const);
		await repository.git.push('main', Object.fromEntries(many));
		expect((await get('/contents/a')).body).toHaveLength(1000);
	});

	it('are put one by one, and replaced only with the present hash', async () => {
		const put = (path: string, content: string, more: object = {}) =>
			call('PUT', `/contents/${path}`, {
				message: `Put ${path}`,
				content: Buffer.from(content).toString('base64'),
				...more,
			});
		const first = await put('a/b.txt', 'one');
		expect(first).toMatchObject({
			status: 201,
			body: {
				content: { path: 'a/b.txt', type: 'file' },
				commit: { sha: await head(), verification: { verified: true } },
			},
		});
		expect(await put('a/b.txt', 'two')).toMatchObject(refusal(422, `"sha" wasn't supplied`));
		const stale = 'f'.repeat(40);
		expect(await put('a/b.txt', 'two', { sha: stale })).toMatchObject(
			refusal(409, `a/b.txt does not match ${stale}`),
		);
		expect(
			(await put('a/b.txt', 'two', { sha: (first.body as { content: Named }).content.sha })).status,
		).toBe(200);
		expect(await show('a/b.txt')).toBe('two');
		expect(await put('c', 'c', { branch: 'none' })).toMatchObject(refusal(404, 'Branch none'));
		await expectSound();
	});
});

describe('an object just after its creation', () => {
	it('may be unknown for a moment', async () => {
		repository.lag = 1;
		const { sha } = await done('POST', '/git/blobs', { content: 'x' });
		expect(await get(`/git/blobs/${sha}`)).toMatchObject(refusal(404, 'Not Found'));
		expect((await get(`/git/blobs/${sha}`)).status).toBe(200);
		const entry = { path: 'a', mode: '100644', type: 'blob', sha };
		const tree = await done('POST', '/git/trees', { tree: [entry] });
		const commit = () => call('POST', '/git/commits', { message: 'm', tree: tree.sha });
		expect(await commit()).toMatchObject(refusal(422, 'Tree SHA does not exist'));
		const made = (await commit()).body as Named;
		const create = () => call('POST', '/git/refs', { ref: 'refs/heads/new', sha: made.sha });
		expect(await create()).toMatchObject(refusal(422, 'Object does not exist'));
		expect((await create()).status).toBe(201);
	});
});

describe('an empty repository', () => {
	it('has no Git database before its first file', async () => {
		const of = github.addRepository({ name: 'empty' });
		const as = github.issueToken({ contents: 'write' }, of);
		const ask = (method: string, resource: string, body?: unknown) =>
			call(method, resource, body, { as, of });

		expect((await ask('GET', '')).status).toBe(200);
		for (const [method, resource, body] of [
			['GET', '/git/ref/heads/main'],
			['POST', '/git/blobs', { content: '' }],
			['POST', '/git/trees', { tree: [file('a', '')] }],
		] as const) {
			expect(await ask(method, resource, body)).toMatchObject(
				refusal(409, 'Git Repository is empty.'),
			);
		}
		expect(await ask('GET', '/contents/a')).toMatchObject(refusal(404, 'repository is empty'));
		expect((await ask('GET', '/branches/main')).status).toBe(404);
		const put = { message: 'Begin', content: '' };
		expect((await ask('PUT', '/contents/a', { ...put, branch: 'audit-log' })).status).toBe(404);
		expect((await ask('PUT', '/contents/.keep', put)).status).toBe(201);
		expect((await ask('GET', '/git/ref/heads/main')).status).toBe(200);
		await expectSound(of);
		expect(await of.git.git('log', '--format=%s')).toBe('Begin\n');
	});
});

describe('permission', () => {
	const blob = { content: 'x' };

	it('is asked for per repository', async () => {
		const readOnly = github.issueToken({ contents: 'read' }, repository);
		const none = github.issueToken({ actions: 'read' }, repository);
		expect((await get('/git/ref/heads/main', { as: readOnly })).status).toBe(200);
		const refused = await call('POST', '/git/blobs', blob, { as: readOnly });
		expect(refused).toMatchObject(refusal(403, 'Resource not accessible by integration'));
		expect(refused.headers.get('x-accepted-github-permissions')).toBe('contents=write');
		expect((await get('', { as: none })).status).toBe(200);
		expect((await get('/git/ref/heads/main', { as: none })).status).toBe(403);
	});

	it("makes another's private repository invisible, and a public one read-only", async () => {
		const as = github.issueToken({ contents: 'write' });
		expect(await get('', { as })).toMatchObject(refusal(404, 'Not Found'));
		expect((await call('POST', '/git/blobs', blob, { as })).status).toBe(404);
		repository.visibility = 'public';
		expect((await get('', { as })).body).toMatchObject({ private: false, visibility: 'public' });
		expect((await get('/contents/README.md', { as })).status).toBe(200);
		expect((await call('POST', '/git/blobs', blob, { as })).status).toBe(403);
	});

	it('may include several repositories', async () => {
		const as = github.issueToken({ contents: 'write' }, github.repository, repository);
		expect((await call('POST', '/git/blobs', blob, { as })).status).toBe(201);
		expect((await get('', { as, of: github.repository })).status).toBe(200);
		expect((await get('/actions/artifacts', { as: token })).status).toBe(403);
	});
});

describe('incidents', () => {
	const UPDATE = /^PATCH .*\/git\/refs\//;

	it('apply to their request, before or after it takes effect', async () => {
		const before = await head();
		const { sha } = await prepare({ 'a.txt': 'a' });
		github.traffic.script({ on: UPDATE, answer: { status: 502 } });
		github.traffic.script({ on: UPDATE, answer: 'cut' });
		github.traffic.script({ on: UPDATE, answer: 'cut', effective: true });

		expect((await move(sha)).status).toBe(502);
		await expect(move(sha)).rejects.toThrow('fetch failed');
		expect(await head()).toBe(before);
		expect((await get('')).status).toBe(200);
		await expect(move(sha)).rejects.toThrow('fetch failed');
		expect(await head()).toBe(sha);
		expect((await move(sha)).status).toBe(200);
		const updates = github.traffic.requests.filter(({ method }) => method === 'PATCH');
		expect(updates.map(({ status }) => status)).toEqual([502, undefined, undefined, 200]);
	});

	it('wait for the n-th request, and last for the given number of requests', async () => {
		github.traffic.script({ after: 1, times: 2, answer: { status: 503 } });
		const statuses = [];
		for (let n = 0; n < 4; n++) statuses.push((await get('')).status);
		expect(statuses).toEqual([200, 503, 503, 200]);
	});

	it('let others commit in between', async () => {
		const { sha } = await prepare({ 'a.txt': 'mine' });
		github.traffic.script({
			on: UPDATE,
			meanwhile: async () => move((await prepare({ 'a.txt': 'theirs' })).sha),
		});
		expect(await move(sha)).toMatchObject(refusal(422, 'not a fast forward'));
		expect(await show('a.txt')).toBe('theirs');

		github.traffic.script({ meanwhile: () => repository.git.push('main', { 'b.txt': 'pushed' }) });
		expect((await get('/contents/b.txt', { accept: RAW })).body).toBe('pushed');
	});

	it('limit the rate like GitHub', async () => {
		expect(Number((await get('')).headers.get('x-ratelimit-remaining'))).toBeGreaterThan(0);
		github.traffic.script({ answer: secondaryRateLimit(2) });
		const secondary = await get('');
		expect(secondary).toMatchObject(refusal(403, 'secondary rate limit'));
		expect(secondary.headers.get('retry-after')).toBe('2');
		github.traffic.script({ answer: primaryRateLimit(HOUR, 429) });
		const primary = await get('');
		expect(primary).toMatchObject(refusal(429, 'API rate limit exceeded'));
		expect(primary.headers.get('x-ratelimit-remaining')).toBe('0');
		const reset = Number(primary.headers.get('x-ratelimit-reset')) * 1000;
		const sent = Date.parse(primary.headers.get('date') ?? '');
		expect(Math.round((reset - sent) / HOUR)).toBe(1);
	});
});
