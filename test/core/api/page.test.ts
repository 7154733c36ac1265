import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LAST_INSTANT, parseInstant, parseInstantIn } from '../../../core/instant';
import { parseActivity, parsePage } from '../../../core/api/page';

/** The compact texts of the elements of `data`, none of which is an activity. */
function elementsOf(text: string): string[] {
	const { records } = parsePage(Buffer.from(text));
	expect(records.count).toBe(0);
	return records.unreadable().map(({ json }) => json);
}

describe('the JSON of a page', () => {
	const whiteSpace = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

	/** JSON text with white space wherever JSON allows it. */
	function spaced(value: unknown, space: () => string): string {
		const around = (text: string) => `${space()}${text}${space()}`;
		if (Array.isArray(value)) {
			return around(`[${value.map((each) => spaced(each, space)).join(',') || space()}]`);
		}
		if (typeof value === 'object' && value !== null) {
			const members = Object.entries(value).map(
				([key, each]) => `${around(JSON.stringify(key))}:${spaced(each, space)}`,
			);
			return around(`{${members.join(',') || space()}}`);
		}
		return around(JSON.stringify(value));
	}

	test('returns each element as compact text, whatever surrounds it', () => {
		fc.assert(
			fc.property(
				fc.array(fc.jsonValue()),
				fc.dictionary(fc.string(), fc.jsonValue()),
				fc.dictionary(fc.string(), fc.jsonValue()),
				fc.infiniteStream(whiteSpace),
				(elements, before, after, spaces) => {
					for (const name of ['data', 'has_more']) delete after[name];
					const page = { ...before, has_more: true, data: elements, ...after };
					const text = spaced(page, () => spaces.next().value as string);
					expect(elementsOf(text)).toEqual(elements.map((each) => JSON.stringify(each)));
				},
			),
		);
	});

	test.each([
		['{"id":"a","amount":1.0,"big":12345678901234567890,"e":1E400}'],
		['{"id":"a","text":"\\u00e9\\/\\ud83d\\ude00\\\\","same":"é"}'],
		['{"id":"a","key":1,"key":2}'],
		['{"id":"a","tricky":"}],[{\\"\\\\","line":"a\\nb"}'],
	])('does not change %s', (record) => {
		const page = `{"data":[${record}, ${record}],"has_more":false}`;
		expect(elementsOf(page)).toEqual([record, record]);
	});

	const pieces = [
		...'{}[],:"0-.eE \\u',
		'1',
		'12',
		'true',
		'fals',
		'null',
		'"a"',
		'"\\u00e9"',
		'"é',
		'\n',
	];
	const wrong = fc
		.tuple(fc.json(), fc.nat(), fc.nat(3), fc.constantFrom('', ...pieces))
		.map(([text, at, cut, piece]) => {
			const from = at % (text.length + 1);
			return text.slice(0, from) + piece + text.slice(from + cut);
		});

	test.each([
		['right text, or nearly so', wrong],
		[
			'pieces of JSON',
			fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((all) => all.join('')),
		],
	])('accepts the texts that JSON.parse accepts, and no others: %s', (_, texts) => {
		const verdict = (read: () => unknown) => {
			try {
				read();
				return 'JSON';
			} catch (error) {
				return (error as Error).name;
			}
		};
		fc.assert(
			fc.property(texts, (text) => {
				const read = () => parseActivity(Buffer.from(text));
				expect(verdict(read)).toBe(verdict(() => JSON.parse(text)));
			}),
			{ numRuns: 3000 },
		);
	});

	test('can be deeply nested', () => {
		const deep = '[{"a":'.repeat(1e5) + '1' + '}]'.repeat(1e5);
		expect(elementsOf(`{"more":${deep},"data":[${deep}],"has_more":true}`)).toEqual([deep]);
	});

	test('may have escaped names, as in JSON.parse', () => {
		expect(elementsOf('{"d\\u0061ta":[2,3],"\\u0068as_more":true}')).toEqual(['2', '3']);
	});
});

describe('parsePage', () => {
	const record =
		'{"id":"a","created_at":"2026-01-01T00:00:00.123999Z","type":"t","actor":{"type":"k"}}';

	test('reads the fields that the package needs, and keeps the rest', () => {
		const page = parsePage(
			Buffer.from(`{"data":[${record}],"has_more":true,"first_id":"x","last_id":"y"}`),
		);
		expect(page).toMatchObject({ hasMore: true, lastId: 'y', records: { count: 1 } });
		expect(page.records.activities()[0]).toMatchObject({
			id: 'a',
			createdAt: Date.parse('2026-01-01T00:00:00.123Z'),
			type: 't',
			actorType: 'k',
			requestId: undefined,
			length: record.length,
			json: record,
		});
	});

	test.each([record, record.replace(',', ', ')])(
		'an activity cannot be read after its page is released: %s',
		(text) => {
			const body = Buffer.from(`{"data":[${text}],"has_more":false}`);
			const { records } = parsePage(body);
			const [activity] = records.activities();
			expect(activity?.json).toBe(record);
			expect(records.text.release()).toBe(body);
			expect(() => records.text.release()).toThrow('taken over');
			body.fill(0);
			expect(() => activity?.json).toThrow('taken over');
			expect(() => activity?.copy(Buffer.alloc(record.length), 0)).toThrow('taken over');
			expect(() => activity?.type).toThrow('taken over');
			expect(() => activity?.actorType).toThrow('taken over');
			expect(() => records.activities()).toThrow('taken over');
			expect(activity).toMatchObject({ id: 'a', requestId: undefined, length: record.length });
		},
	);

	test('nothing of a record can be read after the tables of its page are given back', () => {
		const { records } = parsePage(Buffer.from(`{"data":[${record},7],"has_more":false}`));
		const [activity] = records.activities();
		const read = [
			() => records.createdAt(0),
			() => records.first,
			() => records.newest,
			() => records.activities(),
			() => records.unreadable(),
			() => records.upTo(LAST_INSTANT),
			() => activity?.createdAt,
			() => activity?.actorType,
			() => activity?.length,
			() => activity?.json,
		];
		for (const each of read) expect(each).not.toThrow();
		expect(records.releaseTables()).toHaveLength(2);
		const { count, length } = records;
		expect({ count, length }).toEqual({ count: 1, length: expect.any(Number) });
		for (const each of read) expect(each).toThrow('taken over');
	});

	test('distinguishes all types, however many there are', () => {
		const types = Array.from({ length: 30_000 }, (_, index) => `type_${(index * 7919) % 15_000}é`);
		const records = types.map(
			(type, index) =>
				`{"id":"${index}","created_at":"2026-01-01T00:00:00Z","type":"${type}","actor":{"type":"${type.slice(0, -1)}"}}`,
		);
		const page = parsePage(Buffer.from(`{"data":[${records.join(',')}],"has_more":false}`));
		const activities = page.records.activities();
		expect(activities.map(({ type }) => type)).toEqual(types);
		expect(activities.map(({ actorType }) => `${actorType}é`)).toEqual(types);
	});

	test('passes on records that lack optional fields', () => {
		const bare = '{"id":"a","created_at":"2026-01-01T00:00:00Z","actor":null,"new":[{}]}';
		const [activity] = parsePage(
			Buffer.from(`{"data":[${bare}],"has_more":false,"last_id":null}`),
		).records.activities();
		expect(activity).toMatchObject({ id: 'a', type: '', actorType: '', json: bare });
	});

	test.each([
		['{"data":[],"last_id":null}', 'without has_more'],
		['{"data":[],"has_more":"false","last_id":null}', 'without has_more'],
		['{"has_more":false}', 'without a list'],
		['[]', 'without a list'],
		['null', 'without a list'],
		['{"data":{"length":0},"has_more":false}', 'without a list'],
		['{"data":[{}],"has_more":false,"data":[]}', 'two values under one name'],
		['{"has_more":true,"data":[],"has_more":false}', 'two values under one name'],
		['{"data":[],"last_id":"a","has_more":true,"last_\\u0069d":"b"}', 'two values under one name'],
	])('refuses %s', (body, message) => {
		expect(() => parsePage(Buffer.from(body), 'req_1')).toThrow(
			expect.objectContaining({
				code: 'protocol-violation',
				message: expect.stringContaining(message),
				requestId: 'req_1',
			}),
		);
	});

	test.each(['7', 'null', '""', '{"id":"a"}'])('does not accept %s as a cursor', (lastId) => {
		const page = parsePage(Buffer.from(`{"data":[],"has_more":true,"last_id":${lastId}}`));
		expect(page).toMatchObject({ hasMore: true, lastId: null });
	});

	test('keeps unreadable records byte for byte, each before the next activity', () => {
		const odd = ['{"id":1.0}', '"é"', '{ "id" : "b" ,\n"created_at" : "2026-01-01" }', '[]'];
		const rows = [odd[0], odd[1], record, odd[2], record.replace(':00.1', ':07.1'), odd[3]];
		const page = parsePage(Buffer.from(`{"data":[${rows.join()}],"has_more":false}`));
		expect(page.records.activities().map(({ id }) => id)).toEqual(['a', 'a']);
		const first = Date.parse('2026-01-01T00:00:00.123Z');
		const unreadable = page.records.unreadable();
		expect(unreadable.map(({ json, before }) => [json, before])).toEqual([
			['{"id":1.0}', first],
			['"é"', first],
			['{"id":"b","created_at":"2026-01-01"}', first + 7000],
			['[]', undefined],
		]);
		// printf '[]' | sha256sum
		expect(unreadable[3]?.id).toBe(
			'unreadable_4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
		);
	});

	test('distinguishes an incomplete body from a wrong one', () => {
		expect(() => parsePage(Buffer.from(`{"data":[${record}`))).toThrow(SyntaxError);
	});
});

describe.each([
	['parseInstant', parseInstant],
	[
		'parseInstantIn',
		(text: string) => parseInstantIn(Buffer.from(`"${text}"`), 1, 1 + Buffer.byteLength(text)),
	],
])('%s', (_, read) => {
	test.each([
		['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
		['2026-01-01t00:00:00.5z', '2026-01-01T00:00:00.500Z'],
		['2026-01-01T00:00:00.999999Z', '2026-01-01T00:00:00.999Z'],
		['2026-01-01T02:00:00.1+02:00', '2026-01-01T00:00:00.100Z'],
		['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
	])('reads %s as %s', (text, instant) => expect(read(text)).toBe(Date.parse(instant)));

	test('reads each instant that Date writes', () => {
		fc.assert(
			fc.property(
				fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
				(date) => {
					expect(read(date.toISOString())).toBe(date.getTime());
					expect(read(date.toISOString().replace('Z', '999Z'))).toBe(date.getTime());
				},
			),
		);
	});

	test.each([
		'',
		'2026-01-01',
		'2026-01-01T00:00:00',
		'2026-01-01T00:00:00.Z',
		'2026-13-01T00:00:00Z',
		'2026-02-30T00:00:00Z',
		'2026-01-01 00:00:00Z',
		'2026-01-01T00:00:00+0000',
		'2026-01-01T25:00:00Z',
		'Thu Jan 1 2026',
	])('refuses %j', (text) => expect(read(text)).toBeUndefined());
});
