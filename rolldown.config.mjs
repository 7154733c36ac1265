import license from 'rollup-plugin-license';

/** Bundles the Action: GitHub runs what is committed and installs nothing. */
export default {
	input: 'action/index.ts',
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
	plugins: [
		license({
			thirdParty: { output: { file: 'dist/action/licenses.txt' }, includePrivate: false },
		}),
	],
};
