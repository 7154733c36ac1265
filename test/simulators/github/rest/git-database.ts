import { Refusal } from './answer';
import { blobRoutes } from './blobs';
import { commitRoutes } from './commits';
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
		return route.answer(call);
	},
}));
