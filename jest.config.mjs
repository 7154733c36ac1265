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

/**
 * Two projects because the package has two module systems: what n8n loads is CommonJS, and the
 * Action is an ES module whose `@actions/*` libraries cannot be required.
 */
export default {
	// Only for what hangs: beside other work, a machine takes minutes for what mostly takes seconds.
	testTimeout: 10 * 60_000,
	projects: [
		{
			...shared,
			displayName: 'core',
			testMatch: ['<rootDir>/test/{bench,core,nodes,simulators}/**/*.test.ts'],
		},
		{
			...shared,
			displayName: 'action',
			testMatch: ['<rootDir>/test/{action,repository}/**/*.test.ts'],
			extensionsToTreatAsEsm: ['.ts'],
		},
	],
};
