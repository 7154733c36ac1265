import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { adoptOwnRequests, type Checkpoint, parseCheckpoint } from '../../core';
import { decodeCheckpoint, encodeCheckpoint } from '../../core/checkpoint';
import { Fingerprints } from '../../core/fingerprints';
import versionOne from './checkpoint-v1.json';

/** A checkpoint that a release wrote: every later release has to read it. */
const stored = versionOne as Checkpoint;

/** Whether the set knows the id; if it did not, it does now. */
const knows = (set: Fingerprints | undefined, id: string) => set?.add(id, 0) === false;

test('reads what version 1 wrote', () => {
	const position = decodeCheckpoint(stored);
	expect(position).toMatchObject({
		host: '85f13dfe69cdbb33',
		backfillStart: null,
		start: Date.parse('2025-12-01T12:00:00.000Z'),
		frontier: Date.parse('2026-03-01T11:55:00.000Z'),
		readAt: Date.parse('2026-03-01T12:00:00.000Z'),
	});
	expect(position.seen.size).toBe(2);
	expect(position.seen.latest).toBe(Date.parse('2026-03-01T11:59:00.500Z'));
	expect(encodeCheckpoint(position)).toEqual(stored);
	expect(knows(position.seen, 'activity_a')).toBe(true);
	expect(knows(position.seen, 'activity_b')).toBe(true);
	expect(knows(position.ownRequests, 'req_1')).toBe(true);
});

describe('parseCheckpoint', () => {
	test('gives back what was stored', () => {
		expect(parseCheckpoint(JSON.stringify(stored))).toEqual(stored);
	});

	test.each([
		['no JSON', '{'],
		['no object', '[]'],
		['null', 'null'],
		['no version', JSON.stringify({ ...stored, version: undefined })],
		['a version before the first', JSON.stringify({ ...stored, version: 0 })],
		['a version that is no number', JSON.stringify({ ...stored, version: 'constructor' })],
		['a wrong date', JSON.stringify({ ...stored, frontier: 'yesterday' })],
		['a missing field', JSON.stringify({ ...stored, seen: undefined })],
		[
			'a URL in place of a fingerprint',
			JSON.stringify({ ...stored, host: 'https://evil.example' }),
		],
		['half an id', JSON.stringify({ ...stored, seen: stored.seen.slice(0, 8) })],
		['no base64', JSON.stringify({ ...stored, seen: '%%%%' })],
		['far too much', `"${'x'.repeat(64 * 1024 * 1024)}"`],
	])('refuses %s', (_, text) => {
		expect(() => parseCheckpoint(text)).toThrow(
			expect.objectContaining({ code: 'invalid-checkpoint' }),
		);
	});

	test('does not guess at a newer version', () => {
		const newer = JSON.stringify({ ...stored, version: 2 });
		expect(() => parseCheckpoint(newer)).toThrow(
			/format version 2.*knows 1 at most.*newer release/s,
		);
	});
});

describe('adoptOwnRequests', () => {
	const frontier = Date.parse('2026-03-01T11:55:00.000Z');
	const MOST = 4096;
	/** A checkpoint that knows calls, each by its name and how long behind its frontier it was made. */
	const knowing = (calls: [name: string, behind: number][], at = frontier): Checkpoint => {
		const ownRequests = new Fingerprints();
		for (const [name, behind] of calls) ownRequests.add(name, at + behind);
		return encodeCheckpoint({ ...decodeCheckpoint(stored), frontier: at, ownRequests });
	};
	const many = (count: number, from = 0) =>
		Array.from({ length: count }, (_, n): [string, number] => [`req_${from + n}`, from + n]);
	const known = (checkpoint: Checkpoint) => decodeCheckpoint(checkpoint).ownRequests;

	test('takes no call of a time that is far off, which only a forged one can have', () => {
		const day = 24 * 60 * 60_000;
		const adopted = adoptOwnRequests(
			knowing([]),
			knowing([
				['real', day],
				['forged', 30 * 365 * day],
			]),
		);
		expect(known(adopted).has('real')).toBe(true);
		expect(known(adopted).has('forged')).toBe(false);
	});

	test('keeps the place of the first, and knows what both know', () => {
		const first = knowing([['a', 1000]]);
		const adopted = adoptOwnRequests(first, knowing([['b', 1000]], frontier + 60_000));
		expect({ ...adopted, ownRequests: '' }).toEqual({ ...first, ownRequests: '' });
		expect(known(adopted).size).toBe(2);
		expect(known(adopted).latest).toBe(frontier + 61_000);
	});

	test('forgets calls of before the first one’s frontier, since no sync from there meets them', () => {
		const earlier = knowing(
			[
				['old', 0],
				['new', 7000],
			],
			frontier - 5000,
		);
		const adopted = known(adoptOwnRequests(knowing([]), earlier));
		expect([adopted.has('old'), adopted.has('new')]).toEqual([false, true]);
		expect(adopted.latest).toBe(frontier + 2000);
	});

	test.each([
		['the second', knowing(many(MOST)), knowing(many(3, MOST))],
		['the first', knowing(many(3, MOST)), knowing(many(MOST))],
	])('keeps the newest when there are too many, if %s has them', (_, first, second) => {
		const adopted = known(adoptOwnRequests(first, second));
		expect(adopted.size).toBe(MOST);
		const ids = ['req_0', 'req_2', 'req_3', `req_${MOST + 2}`];
		expect(ids.map((id) => adopted.has(id))).toEqual([false, false, true, true]);
	});
});

describe('Fingerprints', () => {
	const origin = Date.parse('2026-01-01T00:00:00Z');
	const entries = fc.uniqueArray(
		fc.record({ id: fc.string(), offset: fc.integer({ min: 0, max: 2 ** 40 - 1 }) }),
		{ selector: ({ id }) => id },
	);

	test('come back from their text, in 13 bytes an id', () => {
		fc.assert(
			fc.property(entries, (all) => {
				const set = new Fingerprints();
				for (const { id, offset } of all) set.add(id, origin + offset);
				const text = set.encode(origin);
				expect(Buffer.from(text, 'base64')).toHaveLength(13 * all.length);
				const again = Fingerprints.decode(text, origin);
				expect(again?.encode(origin)).toBe(text);
				expect(again?.latest).toBe(set.latest);
				for (const { id } of all) expect(knows(again, id)).toBe(true);
			}),
		);
	});

	test('forget what is older, and what came first', () => {
		const set = new Fingerprints();
		['a', 'b', 'c', 'd'].forEach((id, index) => set.add(id, index));
		set.prune(1);
		expect(set.size).toBe(3);
		set.shrink(1);
		expect(set.size).toBe(1);
		expect(['a', 'b', 'c', 'd'].map((id) => knows(set, id))).toEqual([false, false, false, true]);
	});
});
