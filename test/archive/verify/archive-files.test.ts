import { expect, test } from '@jest/globals';
import { ArchiveFiles } from '../../../archive/verify/archive-files';
import { onDisk } from './archivist';

const MIB = 1024 * 1024;

const CONTENTS = ['a'.repeat(MIB), 'b', '', 'c'.repeat(3 * MIB + 1), 'd'.repeat(100)];

const open = async () =>
	ArchiveFiles.in(onDisk(new Map(CONTENTS.map((text, name) => [`${name}`, Buffer.from(text)]))));

test('each file has its own bytes, after a larger one and after a smaller one', async () => {
	const files = await open();
	for (const [name, text] of [...CONTENTS, ...CONTENTS].entries()) {
		const file = `${name % CONTENTS.length}`;
		const isSame = await files.inspect(file, 4 * MIB, (bytes) => bytes.toString() === text);
		expect({ file, isSame }).toEqual({ file, isSame: true });
	}
});

test('each file has its own bytes when several are read at the same time', async () => {
	const files = await open();
	for (let round = 0; round < 20; round++) {
		const seen = await Promise.all(
			CONTENTS.map((text, name) =>
				files.inspect(`${name}`, 4 * MIB, (bytes) => bytes.toString() === text),
			),
		);
		expect(seen).toEqual(CONTENTS.map(() => true));
	}
});

test('what was read stays the same when the next file is read', async () => {
	const files = await open();
	const first = await files.read('0', 4 * MIB);
	await files.read('4', 4 * MIB);
	expect(first?.toString() === CONTENTS[0]).toBe(true);
});
