import { availableParallelism } from 'node:os';

const shared = {
	rootDir: import.meta.dirname,
	testEnvironment: 'node',
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
 * Two projects because the package has two module systems: what n8n loads is CommonJS, and the
 * Action is an ES module whose `@actions/*` libraries cannot be required. A third one plays scenarios
 * of the second again, with the feed's profile `rough`.
 */
export default {
	// End-to-end tests often wait, for processes and for the second between two writes to GitHub.
	maxWorkers: 2 * availableParallelism(),
	// Only for what hangs: beside other work, a machine takes minutes for what mostly takes seconds.
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
