import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exactJson } from '../../../core/json/exact-json';
import { JsonFields } from '../../../core/json/json-fields';

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
			const fields = new JsonFields(json);
			expect(fields.names.list).toEqual(expected.map(([each]) => each));
			for (const [index, [each, text]] of expected.entries()) {
				expect(fields.indexOf(each)).toBe(index);
				expect(fields.valueAt(index)).toBe(text);
				expect(fields.isNull(index)).toBe(text === 'null');
				expect(fields.isObject(index)).toBe(text.startsWith('{'));
				expect(fields.isText(index)).toBe(text.startsWith('"') && text !== '""');
			}
			const isWanted = (index: number) => ((mask >> (index % 3)) & 1) === 1;
			const wanted = expected.filter(([, text], index) => isWanted(index) && text !== 'null');
			const exact = wanted.map(([each, text]) => `${JSON.stringify(each)}:${exactJson(text)}`);
			expect(fields.members(isWanted)).toBe(exact.join());
		}),
		{ numRuns: 500 },
	);
});

test('counts the last of several values', () => {
	const fields = new JsonFields('{"a":1,"b":"x","\\u0061":[2,"]"]}');
	expect(fields.names.list).toEqual(['a', 'b']);
	expect(fields.valueAt(fields.indexOf('a'))).toBe('[2,"]"]');
	expect(fields.indexOf('c')).toBe(-1);
});

test('finds each of very many fields', () => {
	const names = Array.from({ length: 200 }, (_, index) => `field_${index}`);
	const members = [...names, 'field_7', 'field_150'].map((name, index) => `"${name}":${index}`);
	const fields = new JsonFields(`{${members.join()}}`);
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
		const fields = new JsonFields(jsonOf(index));
		expect(fields.names.list).toEqual(['id', `name_${index}`, 'a']);
		expect(fields.members(() => true)).toBe(jsonOf(index).slice(1, -1));
	}
});

test.each(['[1]', '"text"', '1', 'null', '{}'])('finds nothing in %s', (json) => {
	expect(new JsonFields(json).names.list).toEqual([]);
});
