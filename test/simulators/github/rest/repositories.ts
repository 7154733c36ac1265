import type { Repository } from '../repository';
import { notFound } from './answer';
import { describeCommit, readCommit } from './commits';
import { READ, type Call, type Route } from './route';

/** The repository itself, and its branches. */
export const repositoryRoutes: Route[] = [
	{
		method: 'GET',
		path: /^$/,
		docs: 'repos/repos#get-a-repository',
		answer: ({ repository }) => ({ status: 200, body: describeRepository(repository) }),
	},
	{
		method: 'GET',
		path: /^\/branches\/(.+)$/,
		permission: READ,
		docs: 'branches/branches#get-a-branch',
		answer: async (call) => ({ status: 200, body: await describeBranch(call) }),
	},
];

function describeRepository(repository: Repository) {
	return {
		id: repository.id,
		name: repository.name,
		full_name: repository.fullName,
		owner: { login: repository.owner },
		private: repository.visibility !== 'public',
		html_url: repository.htmlUrl,
		visibility: repository.visibility,
		default_branch: repository.defaultBranch,
	};
}

async function describeBranch({ repository, parameters, base }: Call) {
	const [name = ''] = parameters;
	const head = await repository.git.readRef(`refs/heads/${name}`);
	if (!head) throw notFound('Branch not found');
	const commit = await readCommit(repository, head.sha);
	const { sha, node_id, html_url, parents, ...inner } = describeCommit(repository, base, commit);
	return {
		name,
		commit: { sha, node_id, commit: inner, url: `${base}/commits/${sha}`, html_url, parents },
		_links: { self: `${base}/branches/${name}`, html: `${repository.htmlUrl}/tree/${name}` },
		protected: repository.protectedBranches.has(name),
	};
}
