import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { flatten, formats, parseExactly, toEcs, toOcsf } from '../../../core';
import { parsePage } from '../../../core/api/page';
import { documentedRecords, type FeedRecord } from './records';

/**
 * Lines of records that are alike come from a template. Each has to say what its record says alone, whichever
 * record the template was made from.
 */

/** A record of each type. */
const documented = [
	...new Map([...documentedRecords()].map((record) => [record.type, record])).values(),
];

/** Texts that decide somewhere: outcomes, methods, kinds of actors and targets, addresses. */
const decisive = fc.constantFrom(
	...['success', 'failed', 'denied', 'user', 'group', 'POST', 'DELETE', 'active', 'archived'],
	...['a@example.com', 'b@example.com', 'zoë@example.com', '192.0.2.1', '2001:db8::1', '300.1.1.1'],
	...['https://example.com/', 'read:compliance_activities', 'user_1', 'user_2', 'x', '404', ''],
	...['user_actor', 'anthropic_actor', 'system_actor', 'federated_actor', 'a"b', 'zoë 🦊'],
	// The characters that stand for copied texts while a template is made.
	...['\ue000', '\ue801', '\ueffe\uefff'],
);
const value = fc.oneof(
	{ weight: 6, arbitrary: decisive },
	{ weight: 1, arbitrary: fc.constantFrom(null, true, false, 200, 404, [], {}, ['user_1']) },
);

/** New values for the fields of a record, in turn; `undefined` keeps the old one. */
const values = fc.array(fc.option(value, { freq: 2, nil: undefined }), {
	minLength: 17,
	maxLength: 17,
});

/** Other ways to write a record. */
const written = [
	(json: string) => json,
	(json: string) => json.replace('"x"', '"\\u0078"'),
	(json: string) => json.replace('"organization_id"', '"organization\\u005fid"'),
	(json: string) => json.replace(/}$/, ',"organization_id":"again"}'),
];

function changed(record: FeedRecord, by: readonly unknown[]): string {
	let next = 0;
	const changedIn = (fields: FeedRecord): FeedRecord =>
		Object.fromEntries(
			Object.entries(fields).map(([name, old]) => {
				if (fields === record && ['id', 'created_at', 'type'].includes(name)) return [name, old];
				if (name === 'actor') return [name, changedIn(old as FeedRecord)];
				const another = by[next++ % by.length];
				return [name, another === undefined ? old : another];
			}),
		);
	return JSON.stringify(changedIn(record));
}

const outputs = {
	flat: (json: string) => flatten(parseExactly(json)),
	ocsf: (json: string) => toOcsf(json),
	ecs: (json: string) => toEcs(json),
};

/** The lines that differ from what their records say alone. */
function wrongLines(name: keyof typeof outputs, records: readonly string[], space = ''): unknown[] {
	const page = Buffer.from(`{"data":[${records.join(`${space},${space}`)}],"has_more":false}`);
	const activities = parsePage(page).records.activities();
	const lines = formats[name].encode(activities).toString().trimEnd().split('\n');
	return records.flatMap((json, index) => {
		const expected = JSON.stringify(outputs[name](json));
		const line = JSON.stringify(JSON.parse(lines[index]!));
		return line === expected ? [] : [{ json, line, expected }];
	});
}

const names = Object.keys(outputs) as (keyof typeof outputs)[];

test.each(names)('%s writes records that are alike as each of them alone', (name) => {
	fc.assert(
		fc.property(fc.array(values, { minLength: 6, maxLength: 6 }), (changes) => {
			const records = documented.flatMap((record) =>
				changes.map((by, index) => (written[index] ?? written[0]!)(changed(record, by))),
			);
			expect(wrongLines(name, records).slice(0, 3)).toEqual([]);
		}),
		{ numRuns: 5 },
	);
});

/** A record of a user's deletion with other members. */
const deletion = (members: string) =>
	`{"id":"a1","created_at":"2026-01-31T12:34:56Z","type":"org_user_deleted",${members}}`;
const many = Array.from({ length: 40 }, (_, index) => index);

test.each<[string, string[]]>([
	[
		'a number that becomes text, and the same text',
		['x', '12345678901234567890'].map((id) =>
			deletion(`"deleted_user_id":12345678901234567890,"user_id":"${id}","account_id":"y"`),
		),
	],
	[
		'names with the characters that stand for copied texts',
		['x', 'y'].map((text) => deletion(`"\ue001":"${text}","a\ue800\uefff":"${text}"`)),
	],
	[
		'more fields than an integer has bits',
		[0, 33].map((odd) =>
			deletion(many.map((at) => `"field_${at}":${at === odd ? 'null' : `"${at}"`}`).join()),
		),
	],
	[
		'types that are no texts',
		['5', '6', '"5"', 'null'].map(
			(type) => `{"id":"a1","created_at":"2026-01-31T12:34:56Z","type":${type}}`,
		),
	],
	[
		'ids that are the same, and others',
		['x', 'y', 'z', 'x'].map((id) =>
			deletion(`"deleted_user_id":"x","user_id":"${id}","account_id":"y"`),
		),
	],
	[
		'texts of very different lengths',
		['x', 'zoë 🦊'.repeat(5000), 'é"'.repeat(20_000), 'y'].map((text) =>
			deletion(`"name":${JSON.stringify(text)},"user_id":"${text.length}"`),
		),
	],
	[
		'an actor whose address is its id',
		['x', 'y'].map((id) =>
			deletion(`"actor":{"type":"user_actor","email_address":"x","user_id":"${id}"}`),
		),
	],
])('%s change nothing', (_, records) => {
	for (const name of names) {
		// In both orders, for a template may come from any of them.
		for (const each of [records, [...records].reverse()]) {
			expect(wrongLines(name, each)).toEqual([]);
			expect(wrongLines(name, each, ' \n')).toEqual([]);
		}
	}
});

test('has room for lines that have a long text twice', () => {
	const email = `${'x'.repeat(30_000)}@example.com`;
	const actor = { type: 'unauthenticated_user_actor', unauthenticated_email_address: email };
	const record = {
		...{ id: 'a1', created_at: '2026-01-31T12:34:56Z', type: 'sso_login_failed' },
		...{ actor, user_email: email },
	};
	// More than what other tests have already made room for.
	const records = Array.from({ length: 150 }, () => JSON.stringify(record));
	for (const name of names) expect(wrongLines(name, records)).toEqual([]);
});

test('white space of a page is in no line', () => {
	const spaced = deletion('"user_id" : "x" , "account_id":"y"').replaceAll('{', '{ ');
	for (const name of names) {
		const page = Buffer.from(`{"data":[${spaced},${spaced}],"has_more":false}`);
		const lines = formats[name].encode(parsePage(page).records.activities()).toString().split('\n');
		const compact = JSON.stringify(JSON.parse(spaced));
		expect(lines).toEqual([...Array<string>(2).fill(JSON.stringify(outputs[name](compact))), '']);
	}
});
