import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactly } from '../../../core/json/exact-json';

describe('a number in JSON', () => {
	test.each([
		['9007199254740991', 9007199254740991],
		['-9007199254740991', -9007199254740991],
		['0', 0],
		['1.0', 1],
		['0.1', 0.1],
		['1e2', 100],
		['-1.5E-7', -1.5e-7],
		['5e-324', 5e-324],
		['1.7976931348623157e308', 1.7976931348623157e308],
	])('stays a number if a double holds it: %s', (text, number) => {
		expect(parseExactly(text)).toBe(number);
		expect(parseExactly(`{"a":[${text}],"b": ${text} }`)).toEqual({ a: [number], b: number });
	});

	test.each([
		'9007199254740992',
		'9007199254740993',
		'-12345678901234567890',
		'1152921504606846976',
		'0.12345678901234567890',
		'1e400',
		'-1E+400',
		'1e-400',
		'123456789.123456789e5',
		`0.${'0'.repeat(40)}1`,
	])('is kept as text if no double holds it: %s', (text) => {
		expect(parseExactly(text)).toBe(text);
		expect(parseExactly(`{"a":[1,${text}],"b": ${text} }`)).toEqual({ a: [1, text], b: text });
	});

	test('is not found inside a string', () => {
		const text = String.raw`{"12345678901234567890":":12345678901234567890\",1e400,[\\"}`;
		expect(parseExactly(text)).toEqual(JSON.parse(text));
	});
});

test.each(['', '-', '[0123456789012345678]', '[12345678901234567890', '"12345678901234567890'])(
	'%j is no JSON',
	(text) => {
		expect(() => parseExactly(text)).toThrow(SyntaxError);
	},
);

/** A number as JSON may contain it. */
const written = fc
	.record({
		sign: fc.constantFrom('', '-'),
		whole: fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9]\d{0,24}$/)),
		fraction: fc.option(fc.stringMatching(/^\d{1,24}$/), { nil: undefined }),
		exponent: fc.option(
			fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), fc.integer({ min: 0, max: 40 })),
			{ nil: undefined },
		),
	})
	.map(({ sign, whole, fraction, exponent }) => {
		const point = fraction === undefined ? '' : `.${fraction}`;
		return `${sign}${whole}${point}${exponent?.join('') ?? ''}`;
	});

/** The text of a value, and the result that reading it must have. */
interface Case {
	text: string;
	check: (read: unknown) => void;
}

const number = written.map((text): Case => ({
	text,
	check: (read) => {
		if (typeof read === 'string') expect(read).toBe(text);
		else expect(valueOf(String(read))).toBe(valueOf(text));
	},
}));

const other = fc
	.oneof(
		fc.constantFrom(null, true, false),
		fc.string(),
		fc.string().map((text) => `,${text}:1e400`),
	)
	.map((value): Case => ({
		text: JSON.stringify(value),
		check: (read) => expect(read).toEqual(value),
	}));

const { value } = fc.letrec<{ value: Case }>((tie) => ({
	value: fc.oneof(
		{ maxDepth: 3 },
		number,
		other,
		fc.tuple(fc.constantFrom('', ' ', '\n'), fc.array(tie('value'), { maxLength: 4 })).map(listed),
		fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }).map(keyed),
	),
}));

test('in any JSON, each number stays the same or becomes its text; JSON.parse reads all else the same', () => {
	fc.assert(
		fc.property(value, ({ text, check }) => check(parseExactly(text))),
		{ numRuns: 2000 },
	);
});

function listed([gap, cases]: [string, Case[]]): Case {
	return {
		text: `[${cases.map(({ text }) => `${gap}${text}${gap}`).join()}]`,
		check: (read) => cases.forEach(({ check }, at) => check((read as unknown[])[at])),
	};
}

function keyed(cases: Record<string, Case>): Case {
	const entries = Object.entries(cases);
	return {
		text: `{${entries.map(([key, { text }]) => `${JSON.stringify(key)}:${text}`).join()}}`,
		check: (read) => {
			expect(Object.keys(read as object)).toEqual(Object.keys(cases));
			for (const [key, { check }] of entries) check((read as Record<string, unknown>)[key]);
		},
	};
}

/** A number as a count of far smaller units. */
function valueOf(text: string): string {
	const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
	const [whole = '', fraction = ''] = mantissa.split('.');
	const power = BigInt(exponent) - BigInt(fraction.length) + 400n;
	return String(BigInt(`${whole}${fraction}`) * 10n ** power);
}
