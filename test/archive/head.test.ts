import { describe, expect, it } from '@jest/globals';
import {
	decodeContents,
	decodeHead,
	encodeHead,
	type Head,
	isHeadAsWritten,
	warningOfSize,
} from '../../archive/head';
import { sha256 } from '../../archive/sha256';
import { Fingerprints, toInstant } from '../../core';
import { Bench } from '../core/harness';

async function someHead(): Promise<Head> {
	const bench = new Bench();
	bench.happened(0);
	const { checkpoint } = await bench.run();
	if (!checkpoint) throw new Error('The sync left no checkpoint.');
	const contents = new Fingerprints();
	contents.add('activity_1', toInstant(bench.clock.now()));
	return {
		checkpoint,
		manifest: {
			sequence: 3,
			sha256: 'a'.repeat(64),
			endedAt: '2026-03-01T12:00:00.000Z',
			coveredTo: '2026-03-01T11:54:59.000Z',
		},
		contents: contents.encode(),
	};
}

describe('the head of an archive', () => {
	it('is read back unchanged', async () => {
		const head = await someHead();
		const bytes = encodeHead(head);
		expect(decodeHead(bytes)).toEqual({
			...head,
			hashes: {
				checkpoint: sha256(JSON.stringify(head.checkpoint)),
				contents: sha256(head.contents),
			},
		});
		expect(isHeadAsWritten(bytes)).toBe(true);
		expect(decodeContents(head).has('activity_1')).toBe(true);
	});

	it.each([
		['no JSON', () => '{'],
		['nothing', () => ''],
		['no object', () => 'null'],
		['another JSON', () => '{}'],
		['no version', edit(/"version": 2,\n\t"checkpoint"/, '"checkpoint"')],
		['no manifest', edit(/"manifest": \{[^}]*\}/, '"manifest": null')],
		['no number', edit(/"sequence": 3/, '"sequence": "3"')],
		['no hash', edit(/"sha256": "a+"/, '"sha256": "a"')],
		['no time', edit(/"endedAt": ".*?"/, '"endedAt": "noon"')],
		['no end of the coverage', edit(/"coveredTo": ".*?"/, '"coveredTo": null')],
		['no contents', edit(/"contents": ".*?"/, '"contents": null')],
		['no checkpoint', edit(/"checkpoint": \{[^}]*\}/, '"checkpoint": null')],
		['half a checkpoint', edit(/"host": ".*?",/, '')],
	])('is refused with %s', async (_, change) => {
		const text = encodeHead(await someHead()).toString();
		const changed = change(text);
		expect(changed).not.toBe(text);
		expect(() => decodeHead(Buffer.from(changed))).toThrow(
			expect.objectContaining({
				code: 'invalid-checkpoint',
				summary: expect.stringMatching(/^The archive's \.checkpoint\.json cannot be used/),
				remedy: expect.stringContaining('from the branch’s history'),
			}),
		);
	});

	it('is refused with odd contents', async () => {
		const head = { ...(await someHead()), contents: '?' };
		expect(() => decodeContents(head)).toThrow('.checkpoint.json cannot be used');
	});

	it.each([
		['archive', edit(/"version": 2/, '"version": 3'), 2],
		[
			"checkpoint in the archive's .checkpoint.json",
			edit(/"version": 4,(\s+"host")/, '"version": 5,$1'),
			4,
		],
	])('of a newer release asks for that release: %s', async (what, change, known) => {
		const newer = Buffer.from(change(encodeHead(await someHead()).toString()));
		expect(() => decodeHead(newer)).toThrow(
			expect.objectContaining({
				summary: `The ${what} has format version ${known + 1}; this version of the Action knows ${known} at most.`,
				remedy: expect.stringContaining('Use the newer release that wrote it'),
			}),
		);
	});
});

describe('the size of a head', () => {
	const MIB = 1024 * 1024;
	const ofSize = async (size: number) => {
		const head = { ...(await someHead()), contents: '' };
		return encodeHead({ ...head, contents: 'A'.repeat(size - encodeHead(head).length) });
	};

	it('may be what GitHub accepts; above that, the error names the overlap', async () => {
		expect(await ofSize(35 * MIB)).toHaveLength(35 * MIB);
		await expect(ofSize(35 * MIB + 1)).rejects.toThrow(
			expect.objectContaining({
				code: 'invalid-setting',
				summary: expect.stringContaining(
					"would have 36 MiB, but GitHub's API accepts at most 35 MiB",
				),
				remedy: expect.stringContaining('Choose a shorter overlap'),
			}),
		);
	});

	it('causes a warning before that', () => {
		expect(warningOfSize(20 * MIB)).toBeUndefined();
		expect(warningOfSize(20 * MIB + 1)).toMatch(/has 21 MiB.* activities within the overlap/);
	});
});

function edit(pattern: RegExp, replacement: string): (text: string) => string {
	return (text) => text.replace(pattern, replacement);
}
