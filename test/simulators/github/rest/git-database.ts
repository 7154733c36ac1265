import { Refusal } from './answer';
import { blobRoutes } from './blobs';
import { commitRoutes } from './commits';
import { made, requireKnown } from './lag';
import { referenceRoutes } from './references';
import type { Route } from './route';
import { treeRoutes } from './trees';

/** The Git database, of which nothing is to be had before there is a first commit. */
export const gitDatabaseRoutes: Route[] = [
	...blobRoutes,
	...treeRoutes,
	...commitRoutes,
	...referenceRoutes,
].map((route) => ({
	...route,
	answer: async (call) => {
		if (await call.repository.git.isEmpty()) throw new Refusal(409, 'Git Repository is empty.');
		requireKnown(call);
		const answer = await route.answer(call);
		if (route.method === 'POST') made(call.repository, answer.body);
		return answer;
	},
}));
