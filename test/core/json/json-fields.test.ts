import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseExactly } from '../../../core';
import { JsonFields } from '../../../core/json/json-fields';

test('finds the fields that JSON.parse finds', () => {
	const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
	fc.assert(
		fc.property(object, (record) => {
			const json = JSON.stringify(record);
			const fields = new JsonFields(json);
			const members = fields.names.map((_, index) => fields.member(index));
			expect(`{${members.join()}}`).toBe(JSON.stringify(parseExactly(json)));
			for (const [index, name] of fields.names.entries()) {
				expect(fields.value(name)).toBe(
					JSON.stringify((JSON.parse(json) as object)[name as never]),
				);
				expect(fields.isNull(index)).toBe((JSON.parse(json) as object)[name as never] === null);
			}
		}),
	);
});

test('counts the last of several values', () => {
	const fields = new JsonFields('{"a":1,"b":"x","\\u0061":[2,"]"]}');
	expect(fields.names).toEqual(['a', 'b']);
	expect(fields.value('a')).toBe('[2,"]"]');
	expect(fields.value('c')).toBeUndefined();
});

test('finds each of very many fields', () => {
	const names = Array.from({ length: 200 }, (_, index) => `field_${index}`);
	const members = [...names, 'field_7', 'field_150'].map((name, index) => `"${name}":${index}`);
	const fields = new JsonFields(`{${members.join()}}`);
	expect(fields.names).toEqual(names);
	expect(
		['field_7', 'field_8', 'field_150', 'field_200'].map((name) => fields.value(name)),
	).toEqual(['200', '8', '201', undefined]);
});

test.each(['[1]', '"text"', '1', 'null', '{}'])('finds nothing in %s', (json) => {
	expect(new JsonFields(json).names).toEqual([]);
});
