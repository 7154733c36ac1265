import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_SIZE = 22;
const STORED = 0;

/** Reads a zip archive's files by its central directory, which a streamed archive needs. */
export function unzip(archive: Buffer): Map<string, Buffer> {
	let end = archive.length - END_SIZE;
	while (end >= 0 && archive.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
	if (end < 0) throw new Error('not a zip archive');
	const files = new Map<string, Buffer>();
	let entry = archive.readUInt32LE(end + 16);
	for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
		if (archive.readUInt32LE(entry) !== DIRECTORY_ENTRY) throw new Error('broken zip directory');
		const method = archive.readUInt16LE(entry + 10);
		const compressedSize = archive.readUInt32LE(entry + 20);
		const nameLength = archive.readUInt16LE(entry + 28);
		const name = archive.toString('utf8', entry + 46, entry + 46 + nameLength);
		const local = archive.readUInt32LE(entry + 42);
		const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
		const data = archive.subarray(start, start + compressedSize);
		files.set(name, method === STORED ? data : inflateRawSync(data));
		entry += 46 + nameLength + archive.readUInt16LE(entry + 30) + archive.readUInt16LE(entry + 32);
	}
	return files;
}
