import eslint from '@eslint/js';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** What a module that n8n loads must not touch: the core gets clock, sleep, HTTP and log from outside. */
const platformGlobals = [
	'process',
	'console',
	'fetch',
	'globalThis',
	'setTimeout',
	'setInterval',
	'setImmediate',
	'clearTimeout',
	'clearInterval',
	'__dirname',
	'__filename',
];

export default tseslint.config(
	{ ignores: ['dist/', 'coverage/', '.demo/'] },
	eslint.configs.recommended,
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.recommendedTypeChecked, tseslint.configs.stylisticTypeChecked],
		plugins: { 'import-x': importX },
		settings: { 'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })] },
		languageOptions: { parserOptions: { project: ['test/tsconfig.json'] } },
		rules: {
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			// Numbers and booleans in messages need no ceremony.
			'@typescript-eslint/restrict-template-expressions': [
				'error',
				{ allowNumber: true, allowBoolean: true },
			],
			'import-x/no-cycle': 'error',
			// Imports run one way: the faces use the core, never each other, and nothing shipped uses a test.
			'import-x/no-restricted-paths': [
				'error',
				{
					zones: [
						{ target: 'core', from: ['action', 'nodes', 'credentials', 'test'] },
						{ target: 'action', from: ['nodes', 'credentials', 'test'] },
					],
				},
			],
		},
	},
	{
		files: ['core/**/*.ts'],
		rules: {
			'no-restricted-globals': ['error', ...platformGlobals],
			'no-restricted-imports': [
				'error',
				{ patterns: [{ regex: '^(?!\\.\\.?/|crypto$)', message: 'The core depends on nothing.' }] },
			],
		},
	},
	{
		files: ['test/**/*.ts'],
		// Fakes stand in for asynchronous and typed things without being either.
		rules: {
			'@typescript-eslint/require-await': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-base-to-string': 'off',
		},
	},
	{
		files: ['**/*.mjs'],
		languageOptions: {
			globals: { process: 'readonly', console: 'readonly', setInterval: 'readonly' },
		},
	},
);
