import type { Azurite } from '../simulators/github/azurite';

/** What all test files share. */
export interface Shared {
	azurite: Azurite;
	/** The directory of `performer.mjs`, which performs runs of the Action, of `starter.mjs`, and of fixtures. */
	bundles: string;
	/** The port of the process that starts others. */
	starter: number;
}

/** Names the address of the server that hands out what is shared. */
export const VARIABLE = 'SHARED_BY_TEST_FILES';

/** What all test files share under this name; `undefined` outside Jest. */
export async function shared<Name extends keyof Shared>(
	name: Name,
): Promise<Shared[Name] | undefined> {
	const server = process.env[VARIABLE];
	if (server === undefined) return undefined;
	const response = await fetch(`${server}/${name}`);
	if (!response.ok) throw new Error(await response.text());
	return (await response.json()) as Shared[Name];
}
