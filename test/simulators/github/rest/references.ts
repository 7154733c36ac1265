import { isRefName, type GitObject } from '../bare-repository';
import type { Repository } from '../repository';
import { notFound, Refusal, type Answer } from './answer';
import { isSha, nodeId } from './objects';
import { refuseProtected } from './protection';
import { READ, required, WRITE, type Call, type Route } from './route';

/** Branches and tags, by the references that make them. */
export const referenceRoutes: Route[] = [
	{
		method: 'GET',
		path: /^\/git\/ref\/(.+)$/,
		permission: READ,
		docs: 'git/refs#get-a-reference',
		answer: getReference,
	},
	{
		method: 'GET',
		path: /^\/git\/matching-refs\/(.+)$/,
		permission: READ,
		docs: 'git/refs#list-matching-references',
		answer: listReferences,
	},
	{
		method: 'POST',
		path: /^\/git\/refs$/,
		permission: WRITE,
		docs: 'git/refs#create-a-reference',
		answer: createReference,
	},
	{
		method: 'PATCH',
		path: /^\/git\/refs\/(.+)$/,
		permission: WRITE,
		docs: 'git/refs#update-a-reference',
		answer: updateReference,
	},
];

async function getReference(call: Call): Promise<Answer> {
	const ref = `refs/${call.parameters[0]}`;
	const object = await call.repository.git.readRef(ref);
	if (!object) throw notFound();
	return { status: 200, body: describeReference(call, ref, object) };
}

async function listReferences(call: Call): Promise<Answer> {
	const { git } = call.repository;
	const start = `refs/${call.parameters[0]}`;
	const names = (await git.git('for-each-ref', '--format=%(refname)')).split('\n').slice(0, -1);
	const found = await Promise.all(
		names
			.filter((name) => name.startsWith(start))
			.map(async (name) => ({ name, object: await git.readRef(name) })),
	);
	return {
		status: 200,
		body: found.flatMap(({ name, object }) => object && [describeReference(call, name, object)]),
	};
}

async function createReference(call: Call): Promise<Answer> {
	const { repository, body } = call;
	const ref = required(body, 'ref');
	if (!ref.startsWith('refs/')) {
		throw new Refusal(422, "Reference name must start with 'refs/'.");
	}
	if (!isRefName(ref)) throw new Refusal(422, `${ref} is not a valid ref name.`);
	const target = await readTarget(repository, body);
	refuseProtected(repository, ref, 'create');
	if (!(await repository.git.updateRef(ref, target.sha, undefined))) {
		const exists = (await repository.git.readRef(ref)) !== undefined;
		throw new Refusal(422, exists ? 'Reference already exists' : 'Reference update failed');
	}
	return { status: 201, body: describeReference(call, ref, target) };
}

async function updateReference(call: Call): Promise<Answer> {
	const { repository, body } = call;
	const { git } = repository;
	const ref = `refs/${call.parameters[0]}`;
	const old = await git.readRef(ref);
	if (!old) throw new Refusal(422, 'Reference does not exist');
	const target = await readTarget(repository, body);
	if (body.force !== true && !(await git.isAncestor(old.sha, target.sha))) {
		throw new Refusal(422, 'Update is not a fast forward');
	}
	refuseProtected(repository, ref, 'update');
	if (!(await git.updateRef(ref, target.sha, old.sha))) {
		throw new Refusal(422, 'Reference cannot be updated');
	}
	return { status: 200, body: describeReference(call, ref, target) };
}

/** The commit that a reference is to point to. */
async function readTarget({ git }: Repository, body: Record<string, unknown>): Promise<GitObject> {
	const sha = required(body, 'sha');
	if (!isSha(sha)) {
		throw new Refusal(
			422,
			'The sha parameter must be exactly 40 characters and contain only [0-9a-f].',
		);
	}
	const object = await git.read(sha);
	if (!object) throw new Refusal(422, 'Object does not exist');
	if (object.type !== 'commit') throw new Refusal(422, 'Object is not a commit');
	return object;
}

function describeReference({ base }: Call, ref: string, { type, sha }: GitObject) {
	return {
		ref,
		node_id: nodeId('REF', ref),
		url: `${base}/git/${ref}`,
		object: { sha, type, url: `${base}/git/${type}s/${sha}` },
	};
}
