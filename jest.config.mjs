import { availableParallelism } from 'node:os';

const shared = {
	rootDir: import.meta.dirname,
	testEnvironment: 'node',
	globalSetup: '<rootDir>/test/simulators/github/shared-azurite.ts',
	modulePathIgnorePatterns: ['<rootDir>/dist/'],
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{
				jsc: {
					parser: { syntax: 'typescript' },
					target: 'es2022',
					experimental: { keepImportAttributes: true },
				},
			},
		],
	},
};

const action = { ...shared, extensionsToTreatAsEsm: ['.ts'] };

/**
 * There are two projects because the package has two module systems: n8n loads CommonJS, and the Action
 * is an ES module whose `@actions/*` libraries cannot be required. The third project runs scenarios of
 * the second one again, with the feed's profile `rough`.
 */
export default {
	// End-to-end tests often wait, for processes and for the second between two writes to GitHub.
	maxWorkers: 2 * availableParallelism(),
	// This catches only tests that hang: on a busy machine, a test of seconds may take minutes.
	testTimeout: 10 * 60_000,
	projects: [
		{
			...shared,
			displayName: 'core',
			testMatch: ['<rootDir>/test/{bench,core,nodes,simulators}/**/*.test.ts'],
		},
		{
			...action,
			displayName: 'action',
			testMatch: ['<rootDir>/test/{action,archive,repository}/**/*.test.ts'],
			globals: { feedProfile: 'plain' },
		},
		{
			...action,
			displayName: 'rough',
			testMatch: ['<rootDir>/test/action/{end-to-end,in-process}/*.test.ts'],
			globals: { feedProfile: 'rough' },
		},
	],
};
