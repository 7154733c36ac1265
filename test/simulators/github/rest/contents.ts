import type { GitObject, TreeEntry } from '../bare-repository';
import type { Repository } from '../repository';
import { notFound, Refusal, type Answer } from './answer';
import { describeCommit, readCommit, writeCommit } from './commits';
import { rawAnswer, readBase64, tooLarge, wrappedBase64, writeBlob } from './blobs';
import { readObject } from './objects';
import { refuseProtected } from './protection';
import { invalid, optional, READ, required, WRITE, type Call, type Route } from './route';
import { readPath } from './trees';

/** How much of a folder is shown: further entries are left out without a word. */
const MAX_ENTRIES = 1000;

/** Files and folders by their paths. */
export const contentsRoutes: Route[] = [
	{
		method: 'GET',
		path: /^\/contents(?:\/(.*))?$/,
		permission: READ,
		docs: 'repos/contents#get-repository-content',
		answer: getContents,
	},
	{
		method: 'PUT',
		path: /^\/contents\/(.+)$/,
		permission: WRITE,
		docs: 'repos/contents#create-or-update-file-contents',
		answer: putFile,
	},
];

async function getContents(call: Call): Promise<Answer> {
	const { repository, url, accept } = call;
	const { git } = repository;
	if (await git.isEmpty()) throw notFound('This repository is empty.');
	const path = (call.parameters[0] ?? '').replace(/\/+$/, '');
	const ref = url.searchParams.get('ref') ?? repository.defaultBranch;
	const commit = await resolve(repository, ref);
	if (commit === undefined) throw notFound(`No commit found for the ref ${ref}`);
	const object = await git.read(`${commit}:${path}`);
	if (object?.type === 'blob') {
		if (object.content.length > repository.blobLimit) throw tooLarge(403);
		if (/\braw\b/.test(accept)) return rawAnswer(object.content);
		return { status: 200, body: describeFile(call, path, object, ref) };
	}
	const entries = object && (await git.readTree(object.sha));
	if (!entries) throw notFound();
	const shown = entries.slice(0, MAX_ENTRIES);
	const listed = await Promise.all(shown.map((entry) => describeEntry(call, path, entry, ref)));
	if (!/\bobject\b/.test(accept)) return { status: 200, body: listed };
	const folder = describe(call, path, { type: 'dir', sha: object.sha, size: 0 }, ref);
	return { status: 200, body: { ...folder, entries: listed } };
}

async function putFile(call: Call): Promise<Answer> {
	const { repository, body, base } = call;
	const { git } = repository;
	const [path = ''] = call.parameters;
	const parts = readPath(path);
	const message = required(body, 'message');
	const content = readBase64(required(body, 'content'));
	const branch = optional(body, 'branch') ?? repository.defaultBranch;
	const ref = `refs/heads/${branch}`;
	// In an empty repository the default branch begins with this commit. Asked for first, since
	// another request may begin it in between.
	const begins = branch === repository.defaultBranch && (await git.isEmpty());
	const head = (await git.readRef(ref))?.sha;
	if (head === undefined && !begins) throw notFound(`Branch ${branch} not found`);
	const old = head === undefined ? undefined : await git.read(`${head}:${path}`);
	const given = optional(body, 'sha');
	if (old && given === undefined) throw invalid(`"sha" wasn't supplied.`);
	if (old && given !== old.sha) throw new Refusal(409, `${path} does not match ${given}`);
	refuseProtected(repository, ref, 'update file');
	const sha = await writeBlob(repository, content);
	const tree = await git.writeTree(head, [
		{ path: parts, object: { mode: '100644', type: 'blob', sha } },
	]);
	const parents = head === undefined ? [] : [head];
	const commit = await writeCommit(repository, { message, tree, parents }, body);
	if (!(await git.updateRef(ref, commit, head))) {
		const now = (await git.readRef(ref))?.sha;
		throw new Refusal(409, `${branch} is at ${now} but expected ${head}`);
	}
	const file = { type: 'file', sha, size: content.length };
	return {
		status: old ? 200 : 201,
		body: {
			content: describe(call, path, file, branch),
			commit: describeCommit(repository, base, await readCommit(repository, commit)),
		},
	};
}

/** The commit that a branch, a tag or a hash names. */
async function resolve(repository: Repository, ref: string): Promise<string | undefined> {
	const short = ref.replace(/^refs\//, '');
	for (const name of [`refs/heads/${short}`, `refs/tags/${short}`, `refs/${short}`]) {
		const found = await repository.git.readRef(name);
		if (found) return found.sha;
	}
	const object = await readObject(repository, ref);
	return object?.type === 'commit' ? object.sha : undefined;
}

async function describeEntry(call: Call, folder: string, entry: TreeEntry, ref: string) {
	const type = entry.type === 'tree' ? 'dir' : 'file';
	const blob = type === 'file' ? await call.repository.git.read(entry.sha) : undefined;
	const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
	return describe(call, path, { type, sha: entry.sha, size: blob?.content.length ?? 0 }, ref);
}

function describeFile(call: Call, path: string, { sha, content }: GitObject, ref: string) {
	const size = content.length;
	// Larger files come without their content, which the raw media type still gives.
	const isLarge = size > call.repository.contentLimit;
	return {
		...describe(call, path, { type: 'file', sha, size }, ref),
		content: isLarge ? '' : wrappedBase64(content),
		encoding: isLarge ? 'none' : 'base64',
	};
}

function describe(
	{ repository, base }: Call,
	path: string,
	{ type, sha, size }: { type: string; sha: string; size: number },
	ref: string,
) {
	const isFile = type === 'file';
	const escaped = path.split('/').map(encodeURIComponent).join('/');
	const self = `${base}/contents/${escaped}?ref=${encodeURIComponent(ref)}`;
	const git = `${base}/git/${isFile ? 'blobs' : 'trees'}/${sha}`;
	const html = `${repository.htmlUrl}/${isFile ? 'blob' : 'tree'}/${ref}/${escaped}`;
	return {
		name: path.slice(path.lastIndexOf('/') + 1),
		path,
		sha,
		size,
		url: self,
		html_url: html,
		git_url: git,
		download_url: isFile ? `${repository.htmlUrl}/raw/${ref}/${escaped}` : null,
		type,
		_links: { self, git, html },
	};
}
