import license from 'rollup-plugin-license';

/**
 * What a chunk holds beside the modules that only it uses. The names are part of what is committed;
 * each comes with what its libraries depend on, unless one named before has that already.
 */
const chunks = [
	// All that every run needs. The entry itself stays apart: it waits for the run, and a chunk that
	// the run loads must not wait for the entry in turn.
	{ name: 'action', tags: ['$initial'], test: /^(?!.*[\\/]action[\\/]index\.ts$)/ },
	// What GitHub's libraries for the cache and for artifacts share.
	{ name: 'toolkit', test: /[\\/](@actions[\\/]http-client|@protobuf-ts|minimatch)[\\/]/ },
	{ name: 'github', test: /[\\/](@octokit[\\/]|action[\\/]github[\\/]rest-client\.ts$)/ },
	{ name: 'azure-storage', test: /[\\/]@azure[\\/]storage-blob[\\/]/ },
	{ name: 'actions-cache', test: /[\\/]@actions[\\/]cache[\\/]/ },
	{ name: 'actions-artifact', test: /[\\/]@actions[\\/]artifact[\\/]/ },
];

/**
 * Takes `http` by `require`. An `import` of it reads all its exports at once, and one of these makes
 * Node load a whole HTTP client of its own, which takes longer than everything else at the start.
 */
const httpModule = '\0http';
const requireHttp = {
	name: 'require-http',
	resolveId: (source, importer) =>
		/^(node:)?http$/.test(source) && importer !== httpModule ? httpModule : undefined,
	load: (id) => (id === httpModule ? "module.exports = require('node:http');" : undefined),
};

const LICENSES = 'dist/action/licenses.txt';
/** The licences of what the bundles hold of others, whichever of them is ready first. */
const packages = new Map();

/** The licences of what all bundles hold, each package once, in one file. */
const licenses = () => license({ thirdParty: { output: { file: LICENSES, template: textOf } } });

function textOf(dependencies) {
	for (const each of dependencies) packages.set(`${each.name} ${each.version}`, each.text());
	const byName = [...packages].sort(([one], [other]) => (one < other ? -1 : 1));
	return byName.map(([, text]) => text).join('\n\n---\n\n');
}

function bundle(input, codeSplitting) {
	return {
		input,
		platform: 'node',
		// Of it, most runs need no HTTP client; nothing in it does anything by being imported.
		treeshake: { moduleSideEffects: (id) => !/[\\/]@actions[\\/]core[\\/]/.test(id) },
		output: {
			dir: 'dist/action',
			format: 'esm',
			// The extension makes it an ES module, though the package is CommonJS for n8n.
			entryFileNames: '[name].mjs',
			chunkFileNames: '[name].mjs',
			codeSplitting,
			minify: true,
		},
		plugins: [requireHttp, licenses()],
	};
}

/** GitHub runs what is committed and installs nothing. */
export default [
	// What a run may not need is loaded when it does, so that all runs start fast.
	bundle({ index: 'action/index.ts' }, { groups: chunks }),
	// Every other action is one file of its own, so that a sync loads nothing of it.
	bundle({ 'verify-action': 'action/verify/action.ts' }, false),
	// One file as well, which can be copied and run alone.
	bundle({ verify: 'action/verify/index.ts' }, false),
];
