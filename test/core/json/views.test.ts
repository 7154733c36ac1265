import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BEYOND, copyBytes, endOfPlainText, isTextAt, viewed } from '../../../core/json/views';

/** Bytes that matter in JSON, those that differ from them in one bit or by one, and any. */
const byte = fc.oneof(
	fc.constantFrom(...'"\\#!]['.split('').map((character) => character.charCodeAt(0))),
	fc.nat({ max: 255 }),
);
const bytes = fc.array(byte, { maxLength: 40 }).map((each) => Buffer.from(each));
const place = fc.nat({ max: 9 });

test('copies any bytes, and nothing far behind them', () => {
	fc.assert(
		fc.property(bytes, place, place, (copied, from, to) => {
			const source = Buffer.alloc(from + copied.length + BEYOND, 1);
			copied.copy(source, from);
			const target = Buffer.alloc(to + copied.length + 2 * BEYOND, 2);
			const end = copyBytes(viewed(source), from, from + copied.length, viewed(target), to);
			expect(end).toBe(to + copied.length);
			expect(target.subarray(to, end)).toEqual(copied);
			const others = [target.subarray(0, to), target.subarray(end + BEYOND)];
			for (const other of others) expect(other.every((each) => each === 2)).toBe(true);
		}),
	);
});

test('recognises a text at a place, up to the very end', () => {
	fc.assert(
		fc.property(bytes, bytes, place, fc.nat({ max: 40 }), (text, before, behind, changed) => {
			const all = Buffer.concat([before, text, Buffer.alloc(behind)]);
			const isThere = (where: number) => isTextAt(viewed(text), viewed(all), where);
			expect(isThere(before.length)).toBe(true);
			expect(isThere(before.length + behind + 1)).toBe(false);
			if (changed >= text.length) return;
			all[before.length + changed]! ^= 1;
			expect(isThere(before.length)).toBe(false);
		}),
	);
});

test('finds the first quotation mark or backslash', () => {
	fc.assert(
		fc.property(bytes, fc.constantFrom('"', '\\'), bytes, place, (before, end, behind, start) => {
			const all = Buffer.concat([Buffer.alloc(start), before, Buffer.from(end), behind]);
			const expected = all.findIndex((each, at) => at >= start && (each === 0x22 || each === 0x5c));
			expect(endOfPlainText(viewed(all), start)).toBe(expected);
		}),
	);
});
