import eslint from '@eslint/js';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Globals that modules loaded by n8n must not use: n8n provides clock, sleep, HTTP and log, and the core gets them as parameters. */
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

/** Folders that run only in the Action, in tests or in measurements. */
const outsideN8n = ['action', 'archive', 'bench', 'test', 'scripts'];

const inCore = (folder) => `core/${folder}`;
const inNodes = (folder) => `nodes/AnthropicCompliance/${folder}`;
const inAction = (folder) => `action/${folder}`;

/** Modules that no other module of the Action may use, because they define the order of a whole run. */
const wholeRun = ['index', 'pipeline', 'report', 'run', 'step'].map((name) => `action/${name}.ts`);

/** Lets a folder import its neighbours and the named packages only. */
const imports = (folder, packages, message) => ({
	files: [`${folder}/**/*.ts`],
	rules: {
		'no-restricted-imports': [
			'error',
			{ patterns: [{ regex: `^(?!\\.\\.?/|(${packages.join('|')})$)`, message }] },
		],
	},
});

/**
 * The project's own rules. `eslint.config.mjs` holds n8n's rules: n8n verifies a package only if that
 * file is n8n's template, word for word.
 */
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
			// Imports go one way: Action and nodes use the core, never each other, and shipped code uses no test.
			'import-x/no-restricted-paths': [
				'error',
				{
					zones: [
						{ target: 'core', from: [...outsideN8n, 'nodes', 'credentials'] },
						{ target: 'core/json', from: ['activity', 'api', 'settings', 'sync'].map(inCore) },
						{
							target: 'core/watches',
							from: ['api', 'formats', 'settings', 'sync'].map(inCore),
						},
						{
							target: ['activity', 'api', 'formats', 'json', 'settings'].map(inCore),
							from: inCore('watches'),
						},
						{ target: 'core/activity', from: ['api', 'settings', 'sync'].map(inCore) },
						{ target: 'core/formats', from: ['api', 'settings', 'sync'].map(inCore) },
						{
							target: ['activity', 'api', 'json', 'settings', 'sync'].map(inCore),
							from: inCore('formats'),
						},
						{ target: 'core/settings', from: ['activity', 'api', 'json', 'sync'].map(inCore) },
						{ target: 'core/api', from: inCore('sync') },
						{ target: 'nodes', from: [...outsideN8n, 'credentials'] },
						{ target: ['resources', 'shared', 'trigger'].map(inNodes), from: 'nodes/*/*.node.ts' },
						{ target: inNodes('resources'), from: inNodes('trigger') },
						{ target: inNodes('trigger'), from: inNodes('resources') },
						{ target: inNodes('shared'), from: ['resources', 'trigger'].map(inNodes) },
						{ target: 'credentials', from: [...outsideN8n, 'nodes', 'core'] },
						{
							target: 'archive',
							from: ['action', 'nodes', 'credentials', 'bench', 'test', 'scripts'],
						},
						{ target: 'action', from: ['nodes', 'credentials', 'bench', 'test', 'scripts'] },
						{ target: ['ledgers', 'sinks'].map(inAction), from: [...wholeRun, 'action/summary'] },
						{ target: 'action/sinks', from: 'action/ledgers/!(ledger).ts' },
						{ target: 'action/ledgers', from: 'action/sinks' },
						{ target: 'action/summary', from: [...wholeRun, 'action/github', 'action/io'] },
						{ target: 'action/github', from: 'action/!(github|io){,/**}' },
						{ target: 'action/io', from: 'action/!(io){,/**}' },
						// A sync must load nothing of the other actions.
						{ target: 'action/!(verify){,/**}', from: 'action/verify' },
					],
				},
			],
		},
	},
	{
		files: ['{core,credentials,nodes}/**/*.ts'],
		rules: { 'no-restricted-globals': ['error', ...platformGlobals] },
	},
	imports('core', ['crypto'], 'The core depends on nothing.'),
	imports('nodes', ['crypto', 'luxon', 'n8n-workflow'], 'n8n provides no other packages.'),
	imports('credentials', ['n8n-workflow'], 'A credential only describes; it needs nothing else.'),
	{
		files: ['test/**/*.ts'],
		// Fakes replace asynchronous and typed functions, but are neither.
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
