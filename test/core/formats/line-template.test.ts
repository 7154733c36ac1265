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

test.each(Object.entries(outputs))(
	'%s writes records that are alike as each of them alone',
	(name, of) => {
		const format = formats[name as keyof typeof outputs];
		fc.assert(
			fc.property(fc.array(values, { minLength: 6, maxLength: 6 }), (changes) => {
				const records = documented.flatMap((record) =>
					changes.map((by, index) => (written[index] ?? written[0]!)(changed(record, by))),
				);
				const page = Buffer.from(`{"data":[${records.join()}],"has_more":false}`);
				const activities = parsePage(page).records.activities();
				const lines = format.encode(activities).toString().trimEnd().split('\n');
				const wrong = records.flatMap((json, index) => {
					const expected = JSON.stringify(of(json));
					const line = JSON.stringify(JSON.parse(lines[index]!));
					return line === expected ? [] : [{ json, line, expected }];
				});
				expect(wrong.slice(0, 3)).toEqual([]);
			}),
			{ numRuns: 5 },
		);
	},
);
