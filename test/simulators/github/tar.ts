import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/** The contents of the regular files in a tar archive that gzip has compressed, in their order. */
export function untar(archive: Buffer): Buffer[] {
	const tar = gunzipSync(archive);
	const contents: Buffer[] = [];
	// The archive ends with blocks of zeros.
	for (let at = 0; tar[at] !== 0;) {
		const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
		if (Number.isNaN(size)) throw new Error('not a tar archive');
		const start = at + BLOCK;
		const isFile = tar.toString('latin1', at + 156, at + 157) === '0';
		if (isFile) contents.push(tar.subarray(start, start + size));
		at = start + Math.ceil(size / BLOCK) * BLOCK;
	}
	return contents;
}
