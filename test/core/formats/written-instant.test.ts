import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant } from '../../../core';
import { millisecondsOf, timestampOf } from '../../../core/formats/written-instant';

/** All whose years have four digits. */
const instant = fc.integer({
	min: Date.parse('0000-01-01T00:00:00Z'),
	max: Date.parse('9999-12-31T23:59:59.999Z'),
});
const near = fc.tuple(
	instant,
	fc.array(fc.integer({ min: 0, max: 200_000_000 }), { minLength: 1 }),
);

test('instants are written as Date and String write them, in any order', () => {
	fc.assert(
		fc.property(near, ([first, steps]) => {
			const last = Date.parse('9999-12-31T23:59:59.999Z');
			const instants = [
				first,
				...steps.map((step) => Math.min(first + step, last)),
				-1,
				0,
				1,
				last,
			];
			expect(instants.map(timestampOf)).toEqual(instants.map(formatInstant));
			expect(instants.map(millisecondsOf)).toEqual(instants.map(String));
		}),
		{ numRuns: 500 },
	);
});
