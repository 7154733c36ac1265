import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
	adoptOwnRequests,
	type Checkpoint,
	Counters,
	defaultWatches,
	parseCheckpoint,
	toInstant,
	Watcher,
} from '../../../core';
import {
	type CheckpointContents,
	decodeCheckpoint,
	encodeCheckpoint,
} from '../../../core/sync/checkpoint';
import { fingerprint } from '../../../core/fingerprint';
import { Fingerprints } from '../../../core/sync/fingerprints';
import { checksumOf } from '../../../core/sync/stored-fields';
import { wholeSecond } from '../../../core/instant';
import versionOne from './checkpoint-v1.json';
import versionTwo from './checkpoint-v2.json';
import versionThree from './checkpoint-v3.json';
import versionFour from './checkpoint-v4.json';
import { callsIn, ownRequestsOf, untilOf } from '../own-requests';

/** A checkpoint as a release wrote it. Every later release must read it. */
const stored = versionFour as Checkpoint;

const instant = (text: string) => toInstant(Date.parse(text));

/** Whether the set knows the id. Adds the id if it does not. */
const knows = (set: Fingerprints | undefined, id: string) => set?.add(id, toInstant(0)) === false;

test.each([
	['1', versionOne, null, { organization: null, key: null }],
	['2', versionTwo, instant('2026-03-01T11:59:00.500Z'), { organization: null, key: null }],
	[
		'3',
		versionThree,
		instant('2026-03-01T11:59:00.500Z'),
		{ organization: fingerprint('org_01'), key: fingerprint('apikey_01') },
	],
	[
		'4',
		versionFour,
		instant('2026-03-01T11:59:00.500Z'),
		{ organization: fingerprint('org_01'), key: fingerprint('apikey_01') },
	],
])('reads a checkpoint of version %s', (_, wrote, reached, { organization, key }) => {
	const position = decodeCheckpoint(wrote);
	expect(position).toMatchObject({
		host: '85f13dfe69cdbb33',
		organization,
		backfillStart: null,
		start: instant('2025-12-01T12:00:00.000Z'),
		frontier: instant('2026-03-01T11:55:00.000Z'),
		settled: instant('2026-03-01T11:55:00.000Z'),
		readAt: instant('2026-03-01T12:00:00.000Z'),
		reached,
		rereading: null,
	});
	expect(position.seen.size).toBe(2);
	expect(position.seen.take('activity_b')).toBe(instant('2026-03-01T11:59:00Z'));
	expect(knows(position.seen, 'activity_a')).toBe(true);
	expect(untilOf(encodeCheckpoint(position), 'req_1')).toBe(instant('2026-03-01T12:01:00Z'));
	expect(position.ownRequests.key).toBe(key);
});

describe('a checkpoint', () => {
	const anInstant = fc
		.integer({ min: Date.UTC(2000), max: Date.UTC(9998) })
		.map((ms) => toInstant(ms + 0.25));
	const orNull = fc.option(anInstant);
	const aFingerprint = fc.stringMatching(/^[0-9a-f]{16}$/);
	const aSet = fc
		.uniqueArray(fc.tuple(fc.string(), anInstant), { selector: ([id]) => id })
		.map((entries) => {
			const set = new Fingerprints();
			for (const [id, until] of entries) set.add(id, until);
			return set;
		});
	const ownRequests = fc
		.tuple(
			fc.array(fc.tuple(fc.string(), anInstant, fc.option(fc.string(), { nil: undefined }))),
			fc.option(aFingerprint),
		)
		.map(([calls, key]) => Object.assign(ownRequestsOf(calls), { key }));
	/** What watching some failures leaves. */
	const someCounters = fc.array(fc.tuple(fc.string(), anInstant)).map((failures) => {
		const activities = failures.map(([name, createdAt], index) => ({
			id: String(index),
			type: 'sso_login_failed',
			createdAt,
			userId: name,
			json: JSON.stringify({ type: 'sso_login_failed', actor: { user_id: name } }),
		}));
		return new Watcher(defaultWatches).watch(activities, Counters.NONE).counters;
	});
	const aPosition: fc.Arbitrary<CheckpointContents> = fc.record({
		host: aFingerprint,
		organization: fc.oneof(fc.constantFrom(null, 'varies'), aFingerprint),
		filters: aFingerprint,
		backfillStart: orNull,
		start: anInstant,
		frontier: orNull,
		settled: orNull,
		readAt: orNull,
		reached: orNull,
		rereading: orNull,
		seen: aSet,
		ownRequests,
		counters: someCounters,
	});
	const inWords = ({ seen, ownRequests, counters, ...rest }: CheckpointContents) => ({
		...rest,
		seen: seen.encode(),
		ownRequests: ownRequests.encode(),
		key: ownRequests.key,
		counters: counters.encode(),
	});

	test('is read exactly as it was stored', () => {
		fc.assert(
			fc.property(aPosition, (position) => {
				const encoded = encodeCheckpoint(position);
				const again = decodeCheckpoint(JSON.parse(JSON.stringify(encoded)));
				expect(inWords(again)).toEqual(inWords(position));
				expect(encodeCheckpoint(again)).toEqual(encoded);
			}),
		);
	});

	test('is never read with another meaning, whichever byte is changed', () => {
		const text = JSON.stringify(stored);
		let changes = 0;
		for (let at = 0; at < text.length; at++) {
			for (const byte of '0159 azAZ+/="\\,:{}[]-.TZn') {
				if (text[at] === byte) continue;
				changes++;
				const changed = `${text.slice(0, at)}${byte}${text.slice(at + 1)}`;
				try {
					expect(parseCheckpoint(changed)).toEqual(stored);
				} catch (error) {
					expect(error).toMatchObject({ code: 'invalid-checkpoint' });
				}
			}
		}
		expect(changes).toBeGreaterThan(9_000);
	});
});

describe('parseCheckpoint', () => {
	test('returns the stored checkpoint', () => {
		expect(parseCheckpoint(JSON.stringify(stored))).toEqual(stored);
	});

	test.each([
		['no JSON', '{'],
		['no object', '[]'],
		['null', 'null'],
		['another checksum', JSON.stringify({ ...stored, checksum: stored.host })],
		['version 2 with another checksum', JSON.stringify({ ...versionTwo, checksum: stored.host })],
		['version 1 with fields of another', JSON.stringify({ ...stored, version: 1 })],
		['no version', JSON.stringify({ ...stored, version: undefined })],
		['a version before the first', JSON.stringify({ ...stored, version: 0 })],
		['a version that is no number', JSON.stringify({ ...stored, version: 'constructor' })],
		['a wrong date', JSON.stringify({ ...stored, frontier: 'yesterday' })],
		['a missing field', JSON.stringify({ ...stored, seen: undefined })],
		[
			'a URL in place of a fingerprint',
			JSON.stringify({ ...stored, host: 'https://evil.example' }),
		],
		[
			'an organization that is none',
			JSON.stringify({ ...stored, organization: '550e8400-e29b-41d4-a716-446655440000' }),
		],
		['half an id', JSON.stringify({ ...stored, seen: stored.seen.slice(0, 8) })],
		['no base64', JSON.stringify({ ...stored, seen: '%%%%' })],
		['far too much', `"${'x'.repeat(64 * 1024 * 1024)}"`],
	])('refuses %s', (_, text) => {
		expect(() => parseCheckpoint(text)).toThrow(
			expect.objectContaining({ code: 'invalid-checkpoint' }),
		);
	});

	test('forgets counters that another version has written, and nothing else', () => {
		const fields: Partial<Checkpoint> = { ...stored, counters: '{"version":9,"watches":{}}' };
		delete (fields as { checksum?: string }).checksum;
		const other = { ...fields, checksum: checksumOf(fields) };
		const { counters, ...others } = parseCheckpoint(JSON.stringify(other));
		expect(counters).toBe('');
		expect(others).toMatchObject({ seen: stored.seen, frontier: stored.frontier });
	});

	test('does not try to read a newer version', () => {
		const newer = JSON.stringify({ ...stored, version: 5 });
		expect(() => parseCheckpoint(newer)).toThrow(
			/format version 5.*knows 4 at most.*newer release/s,
		);
	});
});

describe('adoptOwnRequests', () => {
	const settled = Date.parse('2026-03-01T11:55:00.000Z');
	const MOST = 4096;
	const LAG = 2 * 60_000;
	/** A checkpoint with own requests, each with its name and how long after the settled instant it matters. */
	const knowing = (calls: [name: string, behind: number][], at = settled): Checkpoint => {
		const ownRequests = ownRequestsOf(
			calls.map(([name, behind]) => [name, toInstant(at + behind - LAG)]),
		);
		const position = { ...decodeCheckpoint(stored), settled: toInstant(at), ownRequests };
		return encodeCheckpoint(position);
	};
	const many = (count: number, from = 0) =>
		Array.from({ length: count }, (_, n): [string, number] => [
			`req_${from + n}`,
			1000 * (from + n),
		]);

	test('adopts no own request with a distant time, which only a forged one can have', () => {
		const day = 24 * 60 * 60_000;
		const adopted = adoptOwnRequests(
			knowing([]),
			knowing([
				['real', day],
				['forged', 30 * 365 * day],
			]),
		);
		expect(untilOf(adopted, 'real')).toBeDefined();
		expect(untilOf(adopted, 'forged')).toBeUndefined();
	});

	test('keeps the position of the first, and the own requests of both', () => {
		const first = knowing([['a', 1000]]);
		const adopted = adoptOwnRequests(first, knowing([['b', 1000]], settled + 60_000));
		const rest = { ownRequests: '', ownKey: null, checksum: '' };
		expect({ ...adopted, ...rest }).toEqual({ ...first, ...rest });
		expect(callsIn(adopted).size).toBe(2);
		expect(untilOf(adopted, 'b')).toBe(settled + 61_000);
	});

	test('forgets own requests whose activities no later sync can find', () => {
		const earlier = knowing(
			[
				['old', 0],
				['new', 7000],
			],
			settled - 5000,
		);
		const adopted = adoptOwnRequests(knowing([]), earlier);
		expect(untilOf(adopted, 'old')).toBeUndefined();
		expect(untilOf(adopted, 'new')).toBe(settled + 2000);
	});

	test.each([
		['the second', knowing(many(MOST)), knowing(many(3, MOST))],
		['the first', knowing(many(3, MOST)), knowing(many(MOST))],
	])('keeps the newest if there are too many, whichever has them: %s', (_, first, second) => {
		const adopted = adoptOwnRequests(first, second);
		expect(callsIn(adopted).size).toBe(MOST);
		const ids = ['req_0', 'req_2', 'req_3', `req_${MOST + 2}`];
		expect(ids.map((id) => untilOf(adopted, id) !== undefined)).toEqual([false, false, true, true]);
	});
});

describe('Fingerprints', () => {
	const entries = fc.uniqueArray(
		fc.record({ id: fc.string(), ms: fc.double({ min: 0, max: Date.UTC(9999), noNaN: true }) }),
		{ selector: ({ id }) => id },
	);

	test('are restored from their text of 13 bytes an id, each with its second', () => {
		fc.assert(
			fc.property(entries, (all) => {
				const set = new Fingerprints();
				for (const { id, ms } of all) set.add(id, toInstant(ms));
				const text = set.encode();
				expect(Buffer.from(text, 'base64')).toHaveLength(13 * all.length);
				const again = Fingerprints.decode(text);
				expect(again?.encode()).toBe(text);
				for (const { id, ms } of all) {
					expect([again?.take(id), set.take(id)]).toEqual([wholeSecond(ms), wholeSecond(ms)]);
				}
			}),
		);
	});

	test('forget what is older', () => {
		const set = new Fingerprints();
		['a', 'b', 'c', 'd'].forEach((id, index) => set.add(id, toInstant(1000 * index)));
		expect(set.countAfter(toInstant(1000))).toBe(2);
		set.prune(toInstant(1000));
		expect(set.size).toBe(3);
		expect(['a', 'b', 'c', 'd'].map((id) => knows(set, id))).toEqual([false, true, true, true]);
	});
});

test('no instant has a fraction, even if its clock counts fractions', () => {
	const aTime = fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true });
	fc.assert(
		fc.property(aTime, (ms) => {
			expect(Number.isInteger(toInstant(ms))).toBe(true);
			expect(ms - toInstant(ms)).toBeGreaterThanOrEqual(0);
			expect(ms - toInstant(ms)).toBeLessThanOrEqual(1);
			expect(Object.is(toInstant(ms), -0)).toBe(false);
		}),
	);
	for (const ms of [NaN, Infinity, -Infinity, 8.64e15 + 1]) {
		expect(() => toInstant(ms)).toThrow(RangeError);
	}
});
