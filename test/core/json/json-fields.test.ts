import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exactJson } from '../../../core/json/exact-json';
import { JsonFields } from '../../../core/json/json-fields';
import { viewed } from '../../../core/json/views';

/** Few names, so that they recur, in the same order and in others; and any. */
const name = fc.oneof(fc.constantFrom('id', 'type', 'actor', ''), fc.string({ unit: 'binary' }));
/** Also what JavaScript rounds. */
const value = fc.oneof(
	fc.constantFrom('null', '12345678901234567890', '[-1e400,":1e5"]', '{"a":[]}', '{}'),
	fc.jsonValue().map((each) => JSON.stringify(each)),
);
const members = fc.array(fc.tuple(name, value), { maxLength: 60 });

test('finds the fields that JSON.parse finds', () => {
	fc.assert(
		fc.property(members, fc.nat({ max: 7 }), (given, mask) => {
			const json = `{${given.map(([each, text]) => `${JSON.stringify(each)}:${text}`).join()}}`;
			// A Map keeps the place of the first of several values, and the value of the last one.
			const expected = [...new Map(given)];
			const fields = JsonFields.of(json);
			expect(fields.names.list).toEqual(expected.map(([each]) => each));
			const asked = expected.map(([each, text]) => {
				const index = fields.indexOf(each);
				return {
					index,
					value: fields.valueAt(index),
					isNull: fields.isNull(index),
					isObject: fields.isObject(index),
					isText: fields.isText(index),
					isNested: fields.isNested(index),
					isAt: [text, `${text} `].map((json) => fields.isAt(index, viewed(Buffer.from(json)))),
					isSame: expected.filter((_, other) => fields.areSame(index, other)).length,
				};
			});
			expect(asked).toEqual(
				expected.map(([, text], index) => ({
					index,
					value: text,
					isNull: text === 'null',
					isObject: text.startsWith('{'),
					isText: text.startsWith('"') && text !== '""',
					isNested: /^[[{]/.test(text) && text.length > 2,
					isAt: [true, false],
					isSame: expected.filter(([, other]) => other === text).length,
				})),
			);
			expect(fields.isPlain).toBe(isPlain(given));
			if (fields.isPlain) {
				expect([fields.texts, fields.nulls]).toEqual([
					bitsOf(asked.map(({ isText }) => isText)),
					bitsOf(asked.map(({ isNull }) => isNull)),
				]);
			}
			expect(fields.json).toBe(json);
			expect(fields.length).toBe(Buffer.byteLength(json));
			const isWanted = (index: number) => ((mask >> (index % 3)) & 1) === 1;
			const wanted = expected.filter(([, text], index) => isWanted(index) && text !== 'null');
			const exact = wanted.map(([each, text]) => `${JSON.stringify(each)}:${exactJson(text)}`);
			expect(fields.members(isWanted)).toBe(exact.join());
		}),
		{ numRuns: 500 },
	);
});

/** Whether the object can be read without regard to escapes and repeats. */
function isPlain(given: readonly (readonly [name: string, text: string])[]): boolean {
	const names = given.map(([each]) => each);
	const texts = [...names.map((each) => JSON.stringify(each)), ...given.map(([, text]) => text)];
	const hasEscape = texts.some((text) => text.startsWith('"') && text.includes('\\'));
	return !hasEscape && new Set(names).size === names.length && names.length <= 30;
}

function bitsOf(answers: readonly boolean[]): number {
	return answers.reduce((bits, answer, index) => (answer ? bits | (1 << index) : bits), 0);
}

test('reads one object after the other', () => {
	const fields = JsonFields.of('{"a":"x","b":null,"c":[1,"\\""]}');
	expect([fields.texts, fields.nulls, fields.isPlain]).toEqual([1, 2, true]);
	const bytes = Buffer.from('before {"b":"a longer text"} behind');
	fields.read(bytes, bytes.indexOf('{'));
	expect(fields.names.list).toEqual(['b']);
	expect([fields.texts, fields.nulls, fields.isPlain]).toEqual([1, 0, true]);
	expect([fields.json, fields.length]).toEqual(['{"b":"a longer text"}', 21]);
	expect(fields.read(Buffer.from('{}')).json).toBe('{}');
});

test('copies from one text to another, with what is between them', () => {
	const fields = JsonFields.of(
		'{"a":"x","b":"","c":"a text that is longer than a few bytes","d":1}',
	);
	const copied = (first: number, last: number) => {
		const target = Buffer.alloc(100, '.');
		return target.toString('utf8', 1, fields.copy(first, last, viewed(target), 1));
	};
	expect(copied(0, 0)).toBe('x');
	expect(copied(1, 1)).toBe('');
	expect(copied(2, 2)).toBe('a text that is longer than a few bytes');
	expect(copied(0, 2)).toBe('x","b":"","c":"a text that is longer than a few bytes');
});

test('counts the last of several values', () => {
	const fields = JsonFields.of('{"a":1,"b":"x","\\u0061":[2,"]"]}');
	expect(fields.names.list).toEqual(['a', 'b']);
	expect(fields.valueAt(fields.indexOf('a'))).toBe('[2,"]"]');
	expect(fields.indexOf('c')).toBe(-1);
});

test('finds each of very many fields', () => {
	const names = Array.from({ length: 200 }, (_, index) => `field_${index}`);
	const members = [...names, 'field_7', 'field_150'].map((name, index) => `"${name}":${index}`);
	const fields = JsonFields.of(`{${members.join()}}`);
	expect(fields.names.list).toEqual(names);
	expect(
		['field_7', 'field_8', 'field_150'].map((name) => fields.valueAt(fields.indexOf(name))),
	).toEqual(['200', '8', '201']);
	expect(fields.indexOf('field_200')).toBe(-1);
});

test('reads objects with ever other names', () => {
	const jsonOf = (index: number) => `{"id":${index},"name_${index}":[${index}],"a":1}`;
	// Names that recur are shared, but not without end.
	for (const index of [...Array(12_000).keys(), 0, 11_999]) {
		const fields = JsonFields.of(jsonOf(index));
		expect(fields.names.list).toEqual(['id', `name_${index}`, 'a']);
		expect(fields.members(() => true)).toBe(jsonOf(index).slice(1, -1));
	}
});

test.each(['[1]', '"text"', '1', 'null', '{}'])('finds nothing in %s', (json) => {
	expect(JsonFields.of(json).names.list).toEqual([]);
});
