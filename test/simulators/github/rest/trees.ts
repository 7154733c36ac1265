import { isRefName, MissingPathError, type TreeChange } from '../bare-repository';
import type { Repository } from '../repository';
import { notFound, Refusal, type Answer } from './answer';
import { writeBlob } from './blobs';
import { isSha, readObject } from './objects';
import { invalid, optional, READ, required, WRITE, type Call, type Route } from './route';

/** Trees: folders, by the hash of all they hold. */
export const treeRoutes: Route[] = [
	{
		method: 'GET',
		path: /^\/git\/trees\/(.+)$/,
		permission: READ,
		docs: 'git/trees#get-a-tree',
		answer: getTree,
	},
	{
		method: 'POST',
		path: /^\/git\/trees$/,
		permission: WRITE,
		docs: 'git/trees#create-a-tree',
		answer: createTree,
	},
];

async function getTree({ repository, parameters, url, base }: Call): Promise<Answer> {
	// By its own name, a commit's, or a branch's.
	const [name = ''] = parameters;
	const tree = isSha(name)
		? await repository.git.read(`${name}^{tree}`)
		: isRefName(`refs/heads/${name}`) && (await repository.git.read(`refs/heads/${name}^{tree}`));
	if (!tree) throw notFound();
	const recursive = url.searchParams.has('recursive');
	return { status: 200, body: await describeTree(repository, base, tree.sha, recursive) };
}

async function createTree({ repository, body, base }: Call): Promise<Answer> {
	if (!Array.isArray(body.tree) || body.tree.length === 0) throw invalid('Invalid tree info');
	const below = optional(body, 'base_tree');
	if (below !== undefined && !(isSha(below) && (await repository.git.readTree(below)))) {
		throw new Refusal(422, 'base_tree is not a valid tree oid');
	}
	const changes = await Promise.all(
		body.tree.map((entry) => readChange(repository, Object(entry) as Record<string, unknown>)),
	);
	try {
		const sha = await repository.git.writeTree(below, changes);
		return { status: 201, body: await describeTree(repository, base, sha, false) };
	} catch (error) {
		if (error instanceof MissingPathError) throw new Refusal(422, 'GitRPC::BadObjectState');
		throw error;
	}
}

const TYPES: Record<string, 'blob' | 'tree' | 'commit'> = {
	100644: 'blob',
	100755: 'blob',
	120000: 'blob',
	'040000': 'tree',
	160000: 'commit',
};

async function readChange(
	repository: Repository,
	entry: Record<string, unknown>,
): Promise<TreeChange> {
	const path = readPath(required(entry, 'path'));
	const { sha, content, mode } = entry;
	if (sha === null) return { path };
	const type = TYPES[String(mode)];
	if (type === undefined) throw new Refusal(422, 'tree.mode is not a valid file mode');
	if ((sha === undefined) === (content === undefined)) {
		throw new Refusal(422, 'Must supply either tree.sha or tree.content');
	}
	const found =
		content === undefined
			? sha
			: await writeBlob(repository, Buffer.from(required(entry, 'content')));
	if (type !== 'commit' && (await readObject(repository, found))?.type !== type) {
		throw new Refusal(422, `tree.sha ${String(found)} is not a valid ${type}`);
	}
	return { path, object: { mode: String(mode), type, sha: String(found) } };
}

/** The parts of a path, if it is one that Git would check out. */
export function readPath(path: string): string[] {
	const parts = path.split('/');
	if (parts[0] === '') throw new Refusal(422, 'tree.path cannot start with a slash');
	if (parts.some((part) => /^(?:|\.|\.\.|\.git)$/i.test(part) || part.includes('\0'))) {
		throw new Refusal(422, 'tree.path contains a malformed path component');
	}
	return parts;
}

async function describeTree(
	{ git, treeLimit }: Repository,
	base: string,
	sha: string,
	recursive: boolean,
) {
	const entries = await git.listTree(sha, recursive);
	const tree = entries.slice(0, treeLimit).map(async ({ name, ...entry }) => ({
		path: name,
		...entry,
		...(entry.type === 'blob' && { size: await git.sizeOf(entry.sha) }),
		url: `${base}/git/${entry.type}s/${entry.sha}`,
	}));
	return {
		sha,
		url: `${base}/git/trees/${sha}`,
		tree: await Promise.all(tree),
		truncated: entries.length > treeLimit,
	};
}
