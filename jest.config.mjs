import { availableParallelism } from 'node:os';

const shared = {
	rootDir: import.meta.dirname,
	testEnvironment: 'node',
	globalSetup: '<rootDir>/test/shared/setup.ts',
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

/**
 * A global that is not named here is looked up in the slowest way there is. Only CommonJS can name any.
 * One that tests replace, such as Date, or that a library declares for itself, such as Set, cannot be named.
 */
const commonJs = {
	...shared,
	sandboxInjectedGlobals: [
		...['AbortController', 'AbortSignal', 'Array', 'Buffer', 'Error', 'Infinity', 'JSON', 'Map'],
		...['Math', 'Number', 'Object', 'Promise', 'RegExp', 'String', 'Symbol', 'TypeError'],
		...['URLSearchParams', 'Uint8Array'],
	],
};

/** The scripts of the examples are for GitHub's Ubuntu. */
const folders = ['end-to-end', 'in-process', ...(process.platform === 'linux' ? ['examples'] : [])];

/** The scenarios of the Action, with a profile of the feed. */
const scenarios = {
	...commonJs,
	testMatch: folders.map((folder) => `<rootDir>/test/action/${folder}/**/*.test.ts`),
};

// V8 collects a heap whole for every 64 MB of buffers, and simulators take many: `npm test` counts the
// buffers as a part of a heap that may be larger.
export default {
	// End-to-end tests often wait, for processes and for the second between two writes to GitHub.
	maxWorkers: 2 * availableParallelism(),
	testSequencer: '<rootDir>/test/shared/longest-first.mjs',
	// This catches only tests that hang: on a busy machine, a test of seconds may take minutes.
	testTimeout: 10 * 60_000,
	projects: [
		{
			...commonJs,
			displayName: 'core',
			testMatch: ['<rootDir>/test/{archive,bench,core,nodes,simulators}/**/*.test.ts'],
		},
		{
			...shared,
			displayName: 'action',
			testMatch: [
				'<rootDir>/test/action/*.test.ts',
				'<rootDir>/test/repository/*.test.ts',
				'<rootDir>/test/action/{github,io,ledgers,sinks,summary,verify}/**/*.test.ts',
			],
			// These import the Action, which is an ES module: its `@actions/*` libraries cannot be required.
			extensionsToTreatAsEsm: ['.ts'],
		},
		{ ...scenarios, displayName: 'plain', globals: { feedProfile: 'plain' } },
		{
			...scenarios,
			displayName: 'rough',
			globals: { feedProfile: 'rough' },
			// What these are about has nothing to do with the feed, or in-process/commit plays it with this one.
			testPathIgnorePatterns: [
				'end-to-end/commit',
				'end-to-end/environment',
				'end-to-end/start',
				'examples/issues',
				'examples/ship',
				'in-process/large-checkpoint',
			].map((name) => `/${name}\\.test\\.ts$`),
		},
	],
};
