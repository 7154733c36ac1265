import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UnreadableFile } from '../../../action/sinks/unreadable-file';
import { Unreadable } from '../../../core';
import { oddRecords } from '../odd-records';

let directory = '';
let file = '';
beforeEach(() => {
	directory = mkdtempSync(path.join(os.tmpdir(), 'unreadable-'));
	file = path.join(directory, 'unreadable.ndjson');
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = () => readFileSync(file, 'utf8');

async function write(...texts: string[]): Promise<UnreadableFile> {
	const unreadable = new UnreadableFile(directory);
	await unreadable.write(texts.map((json) => new Unreadable(json, undefined)));
	await unreadable.close();
	return unreadable;
}

const odd = Object.values(oddRecords('2026-03-01T11:57:00Z'));

test('each record is a line, byte for byte', async () => {
	const { files } = await write(...odd);
	expect(read()).toBe(odd.map((json) => `${json}\n`).join(''));
	expect(files).toEqual([file]);
});

test('without any, there is no file', async () => {
	expect((await write()).files).toEqual([]);
	expect(() => read()).toThrow('ENOENT');
});

test('what is there already is not written again', async () => {
	await write(...odd.slice(0, 5));
	await write(...odd.slice(3));
	expect(read()).toBe(odd.map((json) => `${json}\n`).join(''));
});

test('a last line that lost its newline is kept and completed', async () => {
	writeFileSync(file, '{"id":1}');
	await write('{"id":2}');
	expect(read()).toBe('{"id":1}\n{"id":2}\n');
});

test.each(['notes of my own', 'to be done\n{"id":1}'])(
	'a file that holds something else is refused and left alone: %j',
	async (text) => {
		writeFileSync(file, text);
		await expect(write('{"id":1}')).rejects.toThrow('has a line that is not JSON');
		expect(read()).toBe(text);
	},
);

test('wherever a crash cuts the file, writing the same again leaves each record once', async () => {
	const texts = [...odd, 'null', '[1.0,{}]', '-1.5e3', 'false', '"é\u2028"'];
	await fc.assert(
		fc.asyncProperty(fc.shuffledSubarray(texts, { minLength: 1 }), fc.nat(), async (some, cut) => {
			rmSync(file, { force: true });
			await write(...some);
			truncateSync(file, cut % (readFileSync(file).length + 1));
			await write(...some);
			const lines = read().trimEnd().split('\n');
			// A number may be valid without its end. Then the file holds both the cut and the whole number.
			const whole = lines.filter((line) => !/^-1(\.5)?$/.test(line));
			expect([...whole].sort()).toEqual([...some].sort());
		}),
		{ numRuns: 200 },
	);
});
