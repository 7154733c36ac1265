import type { Repository } from '../repository';
import { notFound, Refusal, type Answer } from './answer';
import { isSha, nodeId, readObject } from './objects';
import { invalid, READ, required, WRITE, type Call, type Route } from './route';

/** Who did something, and when: ISO 8601 without fractions, as Git knows none. */
export interface Identity {
	name: string;
	email: string;
	date: string;
}

export interface Commit {
	sha: string;
	tree: string;
	parents: string[];
	author: Identity;
	committer: Identity;
	message: string;
	/** Only GitHub signs here, so a signature is as good as its verification. */
	signature: string | null;
	/** What is signed: the commit without its signature. */
	payload: string;
}

/** As whom GitHub commits for a job's token. */
const ACTIONS_BOT = {
	name: 'github-actions[bot]',
	email: '41898282+github-actions[bot]@users.noreply.github.com',
};
/** Stands in for GitHub's signature; it holds no key. */
const SIGNATURE = [
	'-----BEGIN PGP SIGNATURE-----',
	'',
	'c2ltdWxhdGVk',
	'-----END PGP SIGNATURE-----',
];

/** Commits, by their hash. */
export const commitRoutes: Route[] = [
	{
		method: 'GET',
		path: /^\/git\/commits\/([^/]+)$/,
		permission: READ,
		docs: 'git/commits#get-a-commit-object',
		answer: getCommit,
	},
	{
		method: 'POST',
		path: /^\/git\/commits$/,
		permission: WRITE,
		docs: 'git/commits#create-a-commit',
		answer: createCommit,
	},
];

async function getCommit({ repository, parameters, base }: Call): Promise<Answer> {
	const [sha = ''] = parameters;
	if (!isSha(sha)) throw notFound();
	const commit = await readCommit(repository, sha);
	return { status: 200, body: describeCommit(repository, base, commit) };
}

async function createCommit({ repository, body, base }: Call): Promise<Answer> {
	const message = required(body, 'message');
	const tree = required(body, 'tree');
	const parents = body.parents ?? [];
	if (!Array.isArray(parents)) throw invalid('"parents" is not an array.');
	if ((await readObject(repository, tree))?.type !== 'tree') {
		throw new Refusal(422, 'Tree SHA does not exist');
	}
	for (const parent of parents) {
		if ((await readObject(repository, parent))?.type === 'commit') continue;
		throw new Refusal(422, 'Parent SHA does not exist or is not a commit object');
	}
	const sha = await writeCommit(repository, { message, tree, parents: parents as string[] }, body);
	const commit = await readCommit(repository, sha);
	return { status: 201, body: describeCommit(repository, base, commit) };
}

/** Writes a commit; GitHub signs it only when the request names neither author nor committer. */
export async function writeCommit(
	{ git }: Repository,
	{ tree, parents, message }: Pick<Commit, 'tree' | 'parents' | 'message'>,
	request: Record<string, unknown>,
): Promise<string> {
	const bot = { ...ACTIONS_BOT, date: new Date().toISOString() };
	const author = readIdentity(request.author, 'author');
	const committer = readIdentity(request.committer, 'committer') ?? author;
	const lines = [
		`tree ${tree}`,
		...parents.map((parent) => `parent ${parent}`),
		`author ${formatIdentity(author ?? bot)}`,
		`committer ${formatIdentity(committer ?? bot)}`,
		// The signature's further lines are told from headers by the space before them.
		...((author ?? committer) ? [] : [`gpgsig ${SIGNATURE.join('\n ')}`]),
		'',
		message,
	];
	return git.write('commit', lines.join('\n'));
}

/** Reads a commit. Throws 404 when the name is none's. */
export async function readCommit({ git }: Repository, sha: string): Promise<Commit> {
	const object = await git.read(sha);
	if (object?.type !== 'commit') throw notFound();
	const text = object.content.toString();
	const end = text.indexOf('\n\n');
	const commit: Omit<Commit, 'author' | 'committer'> & Partial<Commit> = {
		sha: object.sha,
		tree: '',
		parents: [],
		message: text.slice(end + 2),
		signature: null,
		payload: text.replace(/^gpgsig .*\n(?: .*\n)*/m, ''),
	};
	for (const header of text.slice(0, end).split(/\n(?! )/)) {
		const space = header.indexOf(' ');
		const [name, value] = [header.slice(0, space), header.slice(space + 1)];
		if (name === 'tree') commit.tree = value;
		if (name === 'parent') commit.parents.push(value);
		if (name === 'author' || name === 'committer') commit[name] = parseIdentity(value);
		if (name === 'gpgsig') commit.signature = value.replaceAll('\n ', '\n');
	}
	return commit as Commit;
}

/** A commit as the endpoints of the Git database tell it. */
export function describeCommit(repository: Repository, base: string, commit: Commit) {
	const { sha, tree, parents, author, committer, message, signature } = commit;
	const isSigned = signature !== null;
	const html = (name: string) => `${repository.htmlUrl}/commit/${name}`;
	return {
		sha,
		node_id: nodeId('C', sha),
		url: `${base}/git/commits/${sha}`,
		html_url: html(sha),
		author,
		committer,
		tree: { sha: tree, url: `${base}/git/trees/${tree}` },
		message,
		parents: parents.map((parent) => ({
			sha: parent,
			url: `${base}/git/commits/${parent}`,
			html_url: html(parent),
		})),
		verification: {
			verified: isSigned,
			reason: isSigned ? 'valid' : 'unsigned',
			signature,
			payload: isSigned ? commit.payload : null,
			verified_at: isSigned ? committer.date : null,
		},
	};
}

function readIdentity(value: unknown, field: string): Identity | undefined {
	if (value === undefined) return undefined;
	const { name, email, date = new Date().toISOString() } = Object(value) as Partial<Identity>;
	const fit = (text: unknown) => typeof text === 'string' && /^[^<>\n\0]+$/.test(text);
	if (!fit(name) || !fit(email) || Number.isNaN(Date.parse(date))) {
		throw invalid(`"${field}" needs a name, an email and, if any, an ISO 8601 date.`);
	}
	return { name, email, date } as Identity;
}

function formatIdentity({ name, email, date }: Identity): string {
	return `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`;
}

function parseIdentity(text: string): Identity {
	const [, name = '', email = '', seconds] = /^(.*?) ?<(.*)> (\d+) /.exec(text) ?? [];
	const date = new Date(Number(seconds) * 1000).toISOString().replace('.000', '');
	return { name, email, date };
}
