import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { DayFiles } from '../../../action/sinks/day-files';
import { type Activity, type Format, formats, parseActivity } from '../../../core';

let directory = '';
beforeEach(() => {
	directory = mkdtempSync(path.join(os.tmpdir(), 'day-files-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function activity(id: string, createdAt: string, extra = ''): Activity {
	const json = `{"id":${JSON.stringify(id)},"created_at":"${createdAt}"${extra}}`;
	return parseActivity(Buffer.from(json))!;
}

const read = (name: string) => readFileSync(path.join(directory, name), 'utf8');

async function write(...activities: Activity[]): Promise<DayFiles> {
	return await writeAs(formats.raw, ...activities);
}

async function writeAs(format: Format, ...activities: Activity[]): Promise<DayFiles> {
	const files = new DayFiles(directory, format, '.ndjson');
	await files.write(activities);
	await files.close();
	return files;
}

test('each activity goes into the file of its UTC day', async () => {
	const [a, b, c] = [
		activity('a', '2026-01-31T23:59:59.999Z'),
		activity('b', '2026-02-01T00:00:00.000Z'),
		activity('c', '2026-02-01T23:59:59.999Z'),
	];
	const files = await write(a, b, c);
	expect(read('2026/01/31.ndjson')).toBe(`${a.json}\n`);
	expect(read('2026/02/01.ndjson')).toBe(`${b.json}\n${c.json}\n`);
	expect(files.files.map((file) => path.relative(directory, file))).toEqual([
		path.join('2026', '01', '31.ndjson'),
		path.join('2026', '02', '01.ndjson'),
	]);
});

test('what is there already is kept and not written again', async () => {
	const [a, b] = [activity('a', '2026-01-31T00:00:00Z'), activity('b', '2026-01-31T00:00:01Z')];
	await write(a);
	const changed = activity('a', '2026-01-31T00:00:00Z', ',"filename":null');
	await write(changed, b);
	expect(read('2026/01/31.ndjson')).toBe(`${a.json}\n${b.json}\n`);
});

test('in any format, what is there already is not written again', async () => {
	const [a, b] = [activity('a', '2026-01-31T00:00:00Z'), activity('b', '2026-01-31T00:00:01Z')];
	for (const format of Object.values(formats)) {
		rmSync(directory, { recursive: true });
		await writeAs(format, a);
		await writeAs(format, a, b);
		expect(read('2026/01/31.ndjson')).toBe(format.encode([a, b]).toString());
	}
});

test('of a day, all is written or nothing, however much it is', async () => {
	const first = activity('first', '2026-01-31T00:00:00Z');
	const many = Array.from({ length: 1400 }, (_, index) =>
		activity(`${index}`, '2026-01-31T00:00:01Z'),
	);
	await write(first);
	let fails = true;
	// A full disk shows in the same way: after some of the lines are in the file.
	const encode: Format['encode'] = (activities) => {
		if (fails && activities.includes(many.at(-1)!)) throw new Error('No more');
		return formats.raw.encode(activities);
	};
	await expect(writeAs({ ...formats.raw, encode }, ...many)).rejects.toThrow('No more');
	expect(read('2026/01/31.ndjson')).toBe(`${first.json}\n`);
	fails = false;
	await writeAs({ ...formats.raw, encode }, ...many);
	expect(read('2026/01/31.ndjson')).toBe(
		`${[first, ...many].map(({ json }) => json).join('\n')}\n`,
	);
});

test('a long line is read in one go', async () => {
	const [a, b] = [
		activity('a', '2026-01-31T00:00:00Z', `,"long":"${'x'.repeat(30_000_000)}"`),
		activity('b', '2026-01-31T00:00:01Z'),
	];
	await write(a);
	const copies = jest.spyOn(Buffer, 'concat');
	await write(a, b);
	const copied = copies.mock.results.reduce((sum, { value }) => sum + (value as Buffer).length, 0);
	expect(copied).toBeLessThan(2 * a.length);
	copies.mockRestore();
	expect(read('2026/01/31.ndjson')).toHaveLength(a.length + b.length + 2);
});

test('a line that no page can hold is refused, and read no further', async () => {
	await write(activity('a', '2026-01-31T00:00:00Z'));
	const file = path.join(directory, '2026', '01', '31.ndjson');
	// The file is sparse, so it takes no room.
	truncateSync(file, 3 * 1024 ** 3);
	await expect(write(activity('b', '2026-01-31T00:00:01Z'))).rejects.toThrow('not an activity');
});

test('a file that holds something else is refused and left alone', async () => {
	await write(activity('a', '2026-01-31T00:00:00Z'));
	const file = path.join(directory, '2026', '01', '31.ndjson');
	writeFileSync(file, 'notes of my own\n{"id":"half');
	await expect(write(activity('b', '2026-01-31T00:00:01Z'))).rejects.toThrow('not an activity');
	expect(readFileSync(file, 'utf8')).toBe('notes of my own\n{"id":"half');
});

test('a last line that lost its newline is kept and completed', async () => {
	const [a, b] = [activity('a', '2026-01-31T00:00:00Z'), activity('b', '2026-01-31T00:00:01Z')];
	await write(a);
	const file = path.join(directory, '2026', '01', '31.ndjson');
	writeFileSync(file, a.json);
	await write(a, b);
	expect(readFileSync(file, 'utf8')).toBe(`${a.json}\n${b.json}\n`);
});

test('a last line that is something else is not cut off', async () => {
	await write(activity('a', '2026-01-31T00:00:00Z'));
	const file = path.join(directory, '2026', '01', '31.ndjson');
	writeFileSync(file, 'a note');
	await expect(write(activity('b', '2026-01-31T00:00:01Z'))).rejects.toThrow('not an activity');
	expect(readFileSync(file, 'utf8')).toBe('a note');
});

test('wherever a crash cuts a file, writing the same again leaves each activity once', async () => {
	const days = ['2026-01-30', '2026-01-31', '2026-02-01'];
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.nat(2), { minLength: 1, maxLength: 12 }),
			fc.nat(),
			fc.string({ unit: 'grapheme' }),
			async (perDay, cut, name) => {
				rmSync(directory, { recursive: true });
				const extra = `,"name":${JSON.stringify(name)}`;
				const activities = [...perDay]
					.sort()
					.map((day, index) => activity(`id ${index}`, `${days[day] ?? ''}T10:00:00Z`, extra));
				const { files } = await write(...activities);
				const last = files.at(-1) ?? '';
				truncateSync(last, cut % (readFileSync(last).length + 1));
				await write(...activities);
				const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
				expect(lines).toEqual(activities.map(({ json }) => json));
			},
		),
		{ numRuns: 100 },
	);
});
