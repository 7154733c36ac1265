/** What operating systems and editors leave in a directory that somebody has looked at. */
const LEFTOVERS = [
	/^\.DS_Store$/,
	// AppleDouble: what macOS keeps of a file on other file systems.
	/^\._/,
	/^Thumbs\.db$/i,
	/^desktop\.ini$/i,
	/^\.directory$/,
	/~$/,
	/^\..+\.sw[a-p]$/,
];

/** Whether a file is none of an archive's, but no damage to it either, by its name. */
export function isLeftover(name: string): boolean {
	return LEFTOVERS.some((pattern) => pattern.test(name));
}
