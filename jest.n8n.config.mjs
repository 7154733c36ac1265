import config from './jest.config.mjs';

const [core] = config.projects;

/** The tests in a real n8n. They take minutes, so `npm test` leaves them out. */
export default {
	...core,
	displayName: 'n8n',
	testMatch: ['<rootDir>/test/n8n/**/*.test.ts'],
	globalSetup: '<rootDir>/test/n8n/setup.ts',
	testTimeout: 180_000,
	// Each keeps an n8n busy.
	maxWorkers: 2,
};
