import license from 'rollup-plugin-license';

/** One file for each entry: GitHub runs what is committed and installs nothing. */
function bundle(input, plugins) {
	return {
		input,
		platform: 'node',
		output: {
			dir: 'dist/action',
			format: 'esm',
			// The extension makes it an ES module, though the package is CommonJS for n8n.
			entryFileNames: '[name].mjs',
			chunkFileNames: '[name].mjs',
			codeSplitting: false,
			minify: true,
		},
		plugins,
	};
}

export default [
	bundle({ index: 'action/index.ts' }, [
		license({
			thirdParty: { output: { file: 'dist/action/licenses.txt' }, includePrivate: false },
		}),
	]),
	// What it holds of others, the first one holds as well.
	bundle({ verify: 'action/verify/index.ts' }, []),
];
