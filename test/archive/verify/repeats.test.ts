import { beforeAll, describe, expect, test } from '@jest/globals';
import { MANIFEST_VERSIONS } from '../../../archive/manifest';
import { keyedFingerprint } from '../../../archive/verify/fingerprint';
import { FingerprintSet } from '../../../archive/verify/fingerprint-set';
import { IdRegister } from '../../../archive/verify/id-register';
import { verifyArchive } from '../../../archive/verify/verify';
import { type Files, linesOf, onDisk } from './archivist';
import { sample } from './samples';

const DAY_FILE = '2026/03/01.ndjson';
const LATER_FILE = '2026/03/02.ndjson';

describe('a fingerprint', () => {
	// The vectors that the authors of SipHash publish for HalfSipHash-2-4 with 64 bits.
	test.each([
		[0, '218d1f59b9b83cc8'],
		[1, 'be552412f8387315'],
		[2, '064f39ef7c50eb57'],
		[3, 'ce0f1a45f7060679'],
		[4, 'd5e78a175be52ea1'],
		[23, '4c2210e54b681d73'],
		[63, '2ea63c71bf326087'],
	])('of %d bytes is the published hash without its 11 lowest bits', (length, published) => {
		const fingerprintOf = keyedFingerprint(Buffer.from('0001020304050607', 'hex'));
		const input = Buffer.from([9, 9, ...Array.from({ length }, (_, byte) => byte), 9]);
		const hash = Buffer.from(published, 'hex');
		const expected = (hash.readUInt32LE(4) >>> 11) * 2 ** 32 + hash.readUInt32LE(0);
		expect(fingerprintOf(input, 2, 2 + length)).toBe(expected);
	});

	test('is another one for each register', () => {
		const id = Buffer.from('activity_01');
		const ofRegister = () => new IdRegister().fingerprintOf(id, 0, id.length);
		expect(ofRegister()).not.toBe(ofRegister());
	});
});

test('a set holds each fingerprint once, also after it has grown and was emptied', () => {
	const set = new FingerprintSet();
	const many = Array.from({ length: 5000 }, (_, each) => each * 2 ** 40 + (each % 7));
	for (let round = 0; round < 2; round++) {
		expect(many.filter((each) => set.add(each))).toHaveLength(5000);
		expect(many.filter((each) => set.add(each))).toEqual([]);
		set.clear();
	}
});

test('a register names the fingerprints that came more than once', () => {
	const ids = new IdRegister();
	const last = 2 ** 53 - 1;
	const step = Math.floor(last / 300_000);
	for (let each = 0; each < 300_000; each++) ids.add(each * step);
	const again = [0, step, 150_000 * step, 299_999 * step];
	for (const each of [...again, step, last]) ids.add(each);
	expect([...ids.repeated()]).toEqual(again);
});

describe('ids with the same fingerprint', () => {
	/** Has three values. */
	const weak = (bytes: Uint8Array, _: number, end: number) => bytes[end - 1]! % 3;
	let archive: Files;
	beforeAll(async () => {
		archive = await sample();
	});
	const verify = async (files: Files) => verifyArchive(onDisk(files), MANIFEST_VERSIONS, weak);

	test('are no finding when they differ', async () => {
		expect(await verify(archive)).toMatchObject({ findings: [], activities: 40 });
	});

	test('are found when they are equal, in other lines and other files', async () => {
		const [first = '', ...rest] = linesOf(archive.get(DAY_FILE));
		const files = new Map(archive)
			.set(DAY_FILE, Buffer.from([first, ...rest, first].join('')))
			.set(LATER_FILE, Buffer.concat([archive.get(LATER_FILE)!, Buffer.from(rest[0]!)]));
		const { findings } = await verify(files);
		const repeats = findings.filter(({ problem }) => problem.includes('is also at'));
		expect(repeats.map(({ path, line, problem }) => `${path}:${line} ${problem}`)).toEqual([
			`${DAY_FILE}:${rest.length + 2} The activity is also at ${DAY_FILE}:1.`,
			`${LATER_FILE}:2 The activity is also at ${DAY_FILE}:2.`,
		]);
	});

	test('are found when one is written with an escape', async () => {
		const [first = ''] = linesOf(archive.get(DAY_FILE));
		const escaped = first.replace('"id":"a', '"id":"\\u0061');
		expect(escaped).not.toBe(first);
		const files = new Map(archive).set(
			LATER_FILE,
			Buffer.concat([archive.get(LATER_FILE)!, Buffer.from(escaped)]),
		);
		const { findings } = await verifyArchive(onDisk(files));
		expect(findings).toContainEqual(
			expect.objectContaining({ problem: `The activity is also at ${DAY_FILE}:1.` }),
		);
	});
});
