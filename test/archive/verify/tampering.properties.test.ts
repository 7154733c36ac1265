import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { verifyArchive } from '../../../archive/verify/verify';
import { type Files, linesOf, onDisk } from './archivist';
import { sample } from './samples';

let archive: Files;
let names: string[] = [];
beforeAll(async () => {
	archive = await sample();
	names = [...archive.keys()];
});

interface Tampering {
	readonly files: Map<string, Buffer>;
	/** The findings must name at least one of these files. */
	readonly touched: readonly string[];
}

/** Picks an element by a number, which may be larger than the length. */
function pick<T>(items: readonly T[], number: number): T {
	const item = items[number % items.length];
	if (item === undefined) throw new Error('There is nothing to pick.');
	return item;
}

const number = fc.nat(1_000_000);

const byteChanged = fc
	.record({ file: number, at: number, by: fc.integer({ min: 1, max: 255 }) })
	.map(({ file, at, by }) => (): Tampering => {
		const name = pick(names, file);
		const content = Buffer.from(archive.get(name) ?? '');
		const place = at % content.length;
		content[place] = (content[place] ?? 0) ^ by;
		return { files: new Map(archive).set(name, content), touched: [name] };
	});

const cutOrGrown = fc
	.record({ file: number, at: number, more: fc.string() })
	.map(({ file, at, more }) => (): Tampering => {
		const name = pick(names, file);
		const content = archive.get(name) ?? Buffer.alloc(0);
		const cut = content.subarray(0, at % content.length);
		const changed = more === '' ? cut : Buffer.concat([content, Buffer.from(more)]);
		return { files: new Map(archive).set(name, changed), touched: [name] };
	});

const lines = fc
	.record({
		how: fc.constantFrom('remove', 'repeat', 'swap', 'move'),
		file: number,
		one: number,
		other: number,
	})
	.map(({ how, file, one, other }) => (): Tampering => {
		const name = pick(
			names.filter((each) => each.endsWith('.ndjson') && linesOf(archive.get(each)).length > 1),
			file,
		);
		const content = linesOf(archive.get(name));
		const [from, to] = [one % content.length, other % content.length];
		const [line, rival] = [content[from] ?? '', content[to] ?? ''];
		if (how === 'swap') {
			fc.pre(from !== to);
			content[from] = rival;
			content[to] = line;
		} else {
			if (how !== 'repeat') content.splice(from, 1);
			if (how === 'move') fc.pre(from !== to);
			if (how !== 'remove') content.splice(to, 0, line);
		}
		const changed = Buffer.from(content.join(''));
		return { files: new Map(archive).set(name, changed), touched: [name] };
	});

const otherName = fc.oneof(
	fc
		.record({ day: fc.integer({ min: 10, max: 28 }), part: fc.integer({ min: 1, max: 3 }) })
		.map(({ day, part }) => `2026/04/${day}${part === 1 ? '' : `.${part}`}.ndjson`),
	fc.integer({ min: 11, max: 20 }).map((each) => `manifests/00000/000000${each}.json`),
	fc.constantFrom('2026/03/1.ndjson', '2026/03/01.01.ndjson', 'manifests/1.json', 'notes'),
);

const files = fc
	.record({
		how: fc.constantFrom('remove', 'rename', 'copy', 'swap'),
		file: number,
		other: number,
		name: otherName,
	})
	.map(({ how, file, other, name: newName }) => (): Tampering => {
		const changed = new Map(archive);
		const [name, rival] = [pick(names, file), pick(names, other)];
		const content = archive.get(name) ?? Buffer.alloc(0);
		if (how === 'swap') {
			fc.pre(name !== rival);
			changed.set(name, archive.get(rival) ?? content).set(rival, content);
			return { files: changed, touched: [name, rival] };
		}
		if (how !== 'copy') changed.delete(name);
		if (how !== 'remove') changed.set(newName, content);
		return { files: changed, touched: how === 'remove' ? [name] : [name, newName] };
	});

test('any change of an archive is found and named', async () => {
	const tampering = fc.oneof(
		{ weight: 3, arbitrary: byteChanged },
		{ weight: 1, arbitrary: cutOrGrown },
		{ weight: 2, arbitrary: lines },
		{ weight: 2, arbitrary: files },
	);
	await fc.assert(
		fc.asyncProperty(tampering, async (tamper) => {
			const { files: tampered, touched } = tamper();
			const { findings } = await verifyArchive(onDisk(tampered));
			const named = findings.some((finding) =>
				touched.some((name) => `${finding.path} ${finding.problem}`.includes(name)),
			);
			expect({ named, findings }).toMatchObject({ named: true });
			expect(findings.length).toBeLessThan(40);
		}),
		{ numRuns: 200 },
	);
});

test('each byte of the checkpoint file and of a manifest counts', async () => {
	const directory = onDisk(archive);
	const first = names.find((name) => name.startsWith('manifests/')) ?? '';
	for (const name of ['.checkpoint.json', first]) {
		const content = archive.get(name) ?? Buffer.alloc(0);
		const place = path.join(directory, name);
		for (let at = 0; at < content.length; at += 11) {
			const changed = Buffer.from(content);
			changed[at] = (changed[at] ?? 0) ^ 1;
			writeFileSync(place, changed);
			const { findings } = await verifyArchive(directory);
			expect({ at, found: findings.length > 0 }).toEqual({ at, found: true });
		}
		writeFileSync(place, content);
	}
	expect((await verifyArchive(directory)).findings).toEqual([]);
});
