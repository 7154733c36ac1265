import license from 'rollup-plugin-license';

/**
 * The chunks, and the modules that each holds beside those that only it uses. A chunk also holds the
 * dependencies of its modules, unless an earlier chunk has them. The chunks' names are committed.
 */
const chunks = [
	// Everything that every run needs, without the entries. An entry waits for the run, so no chunk that
	// the run loads may wait for the entry.
	{ name: 'action', tags: ['$initial'], test: /^(?!.*[\\/]action[\\/](?:index|post)\.ts$)/ },
	// The code that GitHub's libraries for the cache and for artifacts share.
	{ name: 'toolkit', test: /[\\/](@actions[\\/]http-client|@protobuf-ts|minimatch)[\\/]/ },
	{ name: 'github', test: /[\\/](@octokit[\\/]|action[\\/]github[\\/]rest-client\.ts$)/ },
	{ name: 'azure-storage', test: /[\\/]@azure[\\/]storage-blob[\\/]/ },
	{ name: 'actions-cache', test: /[\\/]@actions[\\/]cache[\\/]/ },
	// What the end of a job needs of it.
	{ name: 'cache-entries', test: /[\\/]ledgers[\\/](checkpoint-entries|entry-cache)\.ts$/ },
	{ name: 'actions-artifact', test: /[\\/]@actions[\\/]artifact[\\/]/ },
];

/**
 * Loads `http` with `require`. An `import` reads all exports at once. One of them makes Node load a
 * second HTTP client, which takes longer than everything else at the start.
 */
const httpModule = '\0http';
const requireHttp = {
	name: 'require-http',
	resolveId: (source, importer) =>
		/^(node:)?http$/.test(source) && importer !== httpModule ? httpModule : undefined,
	load: (id) => (id === httpModule ? "module.exports = require('node:http');" : undefined),
};

/**
 * Loads what speaks to the network with `require` as well, so that `verify` loads it only with
 * `--against-feed`: an `import` in a single file is always loaded.
 */
const requireNetwork = {
	name: 'require-network',
	resolveId: (source, importer) => {
		const [, module] = /^(?:node:)?(https|tls|net)$/.exec(source) ?? [];
		return module && importer !== `\0${module}` ? `\0${module}` : undefined;
	},
	load: (id) =>
		/^\0(https|tls|net)$/.test(id) ? `module.exports = require('node:${id.slice(1)}');` : undefined,
};

const LICENSES = 'dist/action/licenses.txt';
/** The licences of all bundles' packages. The bundles become ready in any order. */
const packages = new Map();

/** Writes the licences of all bundles' packages into one file, each package once. */
const licenses = () => license({ thirdParty: { output: { file: LICENSES, template: textOf } } });

function textOf(dependencies) {
	for (const each of dependencies) packages.set(`${each.name} ${each.version}`, each.text());
	const byName = [...packages].sort(([one], [other]) => (one < other ? -1 : 1));
	return byName.map(([, text]) => text).join('\n\n---\n\n');
}

function bundle(input, codeSplitting, plugins = []) {
	return {
		input,
		platform: 'node',
		// Drops what is not used: of @actions/core, the HTTP client, and of the core, what only some runs
		// load. No module of either has side effects.
		treeshake: { moduleSideEffects: (id) => !/[\\/](@actions[\\/])?core[\\/]/.test(id) },
		output: {
			dir: 'dist/action',
			format: 'esm',
			// The extension makes it an ES module, though the package is CommonJS for n8n.
			entryFileNames: '[name].mjs',
			chunkFileNames: '[name].mjs',
			codeSplitting,
			// The cache library compares an error's name with a class's name.
			minify: { mangle: { keepNames: { class: true, function: false } } },
		},
		plugins: [requireHttp, ...plugins, licenses()],
	};
}

/** GitHub runs the committed bundle and installs nothing. */
export default [
	// Chunks that not every run needs are loaded on demand, so that all runs start fast.
	bundle({ index: 'action/index.ts', post: 'action/post.ts' }, { groups: chunks }),
	// Each other action is a separate file, so that a sync loads nothing of it.
	bundle({ 'verify-action': 'action/verify/action.ts' }, false),
	// A single file too, which can be copied and run alone.
	bundle({ verify: 'action/verify/index.ts' }, false, [requireNetwork]),
];
