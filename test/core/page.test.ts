import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseInstant } from '../../core/instant';
import { elementsOf } from '../../core/json-text';
import { parsePage } from '../../core/page';

describe('elementsOf', () => {
	const whiteSpace = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

	/** JSON text with white space strewn in wherever it is allowed. */
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

	test('gives each element as compact text, whatever stands around and between', () => {
		fc.assert(
			fc.property(
				fc.array(fc.jsonValue()),
				fc.dictionary(fc.string(), fc.jsonValue()),
				fc.dictionary(fc.string(), fc.jsonValue()),
				fc.infiniteStream(whiteSpace),
				(elements, before, after, spaces) => {
					delete after.data;
					const page = { ...before, data: elements, ...after };
					const text = spaced(page, () => spaces.next().value as string);
					expect(elementsOf(text, 'data')).toEqual(elements.map((each) => JSON.stringify(each)));
				},
			),
		);
	});

	test.each([
		['{"id":"a","amount":1.0,"big":12345678901234567890,"e":1E400}'],
		['{"id":"a","text":"\\u00e9\\/\\ud83d\\ude00\\\\","same":"é"}'],
		['{"id":"a","key":1,"key":2}'],
		['{"id":"a","tricky":"}],[{\\"\\\\","line":"a\\nb"}'],
	])('leaves %s as it is', (record) => {
		expect(elementsOf(`{"data":[${record}, ${record}]}`, 'data')).toEqual([record, record]);
	});

	test('takes the last of repeated keys, and escaped ones, as JSON.parse does', () => {
		expect(elementsOf('{"data":[1],"d\\u0061ta":[2,3]}', 'data')).toEqual(['2', '3']);
		expect(elementsOf('{"data":"[x","data":[4]}', 'data')).toEqual(['4']);
	});
});

describe('parsePage', () => {
	const record =
		'{"id":"a","created_at":"2026-01-01T00:00:00.123999Z","type":"t","actor":{"type":"k"}}';

	test('reads what the package needs and keeps the rest', () => {
		const page = parsePage(`{"data":[${record}],"has_more":true,"first_id":"x","last_id":"y"}`);
		expect(page).toEqual({
			activities: [
				{
					id: 'a',
					createdAt: Date.parse('2026-01-01T00:00:00.123Z'),
					type: 't',
					actorType: 'k',
					requestId: undefined,
					json: record,
				},
			],
			hasMore: true,
			lastId: 'y',
		});
	});

	test('passes records through that lack what it can do without', () => {
		const bare = '{"id":"a","created_at":"2026-01-01T00:00:00Z","actor":null,"new":[{}]}';
		const [activity] = parsePage(`{"data":[${bare}],"has_more":false,"last_id":null}`).activities;
		expect(activity).toMatchObject({ id: 'a', type: '', actorType: '', json: bare });
	});

	test.each([
		['{"data":[],"last_id":null}', 'without has_more'],
		['{"data":[],"has_more":"false","last_id":null}', 'without has_more'],
		['{"data":[],"has_more":true,"last_id":null}', 'empty page that claims more'],
		[`{"data":[${record}],"has_more":true,"last_id":null}`, 'no last_id'],
		[`{"data":[${record}],"has_more":true}`, 'no last_id'],
		[`{"data":[${record}],"has_more":false,"last_id":7}`, 'no cursor'],
		['{"has_more":false}', 'without a list'],
		['[]', 'without a list'],
		['null', 'without a list'],
		['{"data":{"length":0},"has_more":false}', 'without a list'],
		['{"data":["x"],"has_more":false}', 'no object'],
		['{"data":[{"created_at":"2026-01-01T00:00:00Z"}],"has_more":false}', 'without id'],
		['{"data":[{"id":"","created_at":"2026-01-01T00:00:00Z"}],"has_more":false}', 'without id'],
		['{"data":[{"id":"a"}],"has_more":false}', 'without a created_at'],
		['{"data":[{"id":"a","created_at":"2026-01-01"}],"has_more":false}', 'without a created_at'],
	])('refuses %s', (body, message) => {
		expect(() => parsePage(body, 'req_1')).toThrow(
			expect.objectContaining({
				code: 'protocol-violation',
				message: expect.stringContaining(message),
				requestId: 'req_1',
			}),
		);
	});

	test('lets a cut body be told from a wrong one', () => {
		expect(() => parsePage(`{"data":[${record}`)).toThrow(SyntaxError);
	});
});

describe('parseInstant', () => {
	test.each([
		['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
		['2026-01-01t00:00:00.5z', '2026-01-01T00:00:00.500Z'],
		['2026-01-01T00:00:00.999999Z', '2026-01-01T00:00:00.999Z'],
		['2026-01-01T02:00:00.1+02:00', '2026-01-01T00:00:00.100Z'],
		['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
	])('reads %s as %s', (text, instant) => expect(parseInstant(text)).toBe(Date.parse(instant)));

	test.each(['', '2026-01-01', '2026-01-01T00:00:00', '2026-01-01T25:00:00Z', 'Thu Jan 1 2026'])(
		'refuses %j',
		(text) => expect(parseInstant(text)).toBeUndefined(),
	);
});
