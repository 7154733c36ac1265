import { describe, expect, test } from '@jest/globals';
import { parseWrittenTime, toInstant } from '../../../core';

const spanOf = (text: string) => {
	const interval = parseWrittenTime(text);
	return interval && [interval.from, interval.to].map((instant) => new Date(instant).toISOString());
};

describe('a written time', () => {
	test.each([
		['2026-01-31', '2026-01-31T00:00:00.000Z', '2026-01-31T23:59:59.999Z'],
		['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
		['20260131', '2026-01-31T00:00:00.000Z', '2026-01-31T23:59:59.999Z'],
		['9999-12-31', '9999-12-31T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
	])('%s is a whole day', (text, from, to) => expect(spanOf(text)).toEqual([from, to]));

	test.each([
		['2026-01-31T08:15', '2026-01-31T08:15:00.000Z'],
		['2026-01-31 08:15:30', '2026-01-31T08:15:30.000Z'],
		['2026-01-31t08:15:30z', '2026-01-31T08:15:30.000Z'],
		['2026-01-31T08:15:30.123456+02', '2026-01-31T06:15:30.123Z'],
		['2026-01-31T08:15-0530', '2026-01-31T13:45:00.000Z'],
		['2026-01-31T08:15-05:30', '2026-01-31T13:45:00.000Z'],
		['2026-01-31T08', '2026-01-31T08:00:00.000Z'],
		['2026-01-31T08-05', '2026-01-31T13:00:00.000Z'],
		['20260131T0815', '2026-01-31T08:15:00.000Z'],
		['20260131T081530,5+0200', '2026-01-31T06:15:30.500Z'],
		['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
	])('%s is an instant', (text, instant) => expect(spanOf(text)).toEqual([instant, instant]));

	// A month or a year, as the end of an interval, would mean its first instant.
	test.each([
		...['', '2026', '2026-01', '202601', '2026-02-30', '20260230', '2026-W05', '2026-031'],
		...[
			'08:15',
			'0',
			'2026-0131',
			'202601-31',
			'2026-01-31T8',
			'2026-01-31T24:30',
			'1769846400000',
		],
	])('%j is not a time', (text) => expect(spanOf(text)).toBeUndefined());
});

test('a time that clocks show twice reaches from its first to its second instant', () => {
	const clocks = () => [toInstant(1), toInstant(5)];
	expect(parseWrittenTime('2026-10-25T02:30', clocks)).toEqual({ from: 1, to: 5 });
});
