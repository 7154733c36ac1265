/** Files that operating systems and editors leave in a directory. */
const LEFTOVERS = [
	/^\.DS_Store$/,
	// AppleDouble: macOS stores a file's metadata there on other file systems.
	/^\._/,
	/^Thumbs\.db$/i,
	/^desktop\.ini$/i,
	/^\.directory$/,
	/~$/,
	/^\..+\.sw[a-p]$/,
];

/** Whether a file, by its name, is a harmless leftover that does not belong to the archive. */
export function isLeftover(name: string): boolean {
	return LEFTOVERS.some((pattern) => pattern.test(name));
}
