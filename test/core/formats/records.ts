import fc from 'fast-check';
import { type Activity, parseActivity, parseExactly } from '../../../core';
import catalogue from '../../../core/activity/catalogue/activity-types.json' with { type: 'json' };
import { makeActor } from '../../simulators/activity-feed/actors';
import { fieldValue } from '../../simulators/activity-feed/field-values';
import { makePeople } from '../../simulators/activity-feed/people';
import { Random } from '../../simulators/activity-feed/random';

export type FeedRecord = Record<string, unknown>;

const CREATED_AT = '2026-01-31T12:34:56.123456Z';

interface CatalogueEntry {
	actors: string[];
	fields: Record<string, string>;
}

const types = Object.entries(catalogue.types as Record<string, CatalogueEntry>);

/** A record of each type by each of its actors, with the fields of the reference. */
export function* documentedRecords(): Generator<FeedRecord> {
	const random = new Random(7);
	const people = makePeople(random);
	for (const [type, { actors, fields }] of types) {
		for (const actor of actors) {
			const user = random.pick(people.users);
			const own = Object.entries(fields).map(([name, kind]) => [
				name,
				fieldValue(name, kind)(random, people, Date.UTC(2026, 0, 31) * 1000),
			]);
			yield {
				actor: makeActor(actor, random, user, people),
				created_at: CREATED_AT,
				id: `activity_01${random.token()}`,
				organization_id: random.chance(0.2) ? null : user.organization.id,
				type,
				...(Object.fromEntries(own) as FeedRecord),
				organization_uuid: random.chance(0.2) ? undefined : random.uuid(),
			};
		}
	}
}

/** The same without anything but what every record has. */
export function* bareRecords(): Generator<FeedRecord> {
	for (const [type] of types) yield { id: `activity_${type}`, created_at: CREATED_AT, type };
}

const ids = fc.constantFrom('user_1', 'chat_1', '', 'zoë 🦊', '\u0000\u2028"\\', '{"a":1}');
const addresses = fc.constantFrom(
	'192.0.2.1',
	'2001:db8::1',
	'::ffff:192.0.2.1',
	'300.1.1.1',
	'fe80::1%eth0',
	':::',
	'1::2::3',
);
const emails = fc.constantFrom('a@example.com', 'zoë@example.com', '@', 'a@b', 'a b@example.com');
const anything = fc.oneof(
	ids,
	addresses,
	emails,
	fc.jsonValue({ maxDepth: 2 }),
	fc.integer(),
	fc.constant(null),
);
const fieldNames = [...new Set(types.flatMap(([, { fields }]) => Object.keys(fields)))];
const actorTypes = [...new Set(types.flatMap(([, { actors }]) => actors)), 'quantum_actor'];
const actorFields = [
	'email_address',
	'user_id',
	'ip_address',
	'user_agent',
	'unauthenticated_email_address',
	'api_key_id',
	'admin_api_key_id',
	'service_account_id',
	'subject',
	'issuer',
	'service',
	'__proto__',
];

const hostileActor = fc.oneof(
	anything,
	fc
		.tuple(
			fc.constantFrom(...actorTypes),
			fc.dictionary(fc.constantFrom(...actorFields), anything, { maxKeys: 6 }),
		)
		.map(([type, fields]) => ({ type, ...fields })),
);

/** Records whose fields have the wrong types, or values that nobody expects. */
export const hostileRecords: fc.Arbitrary<FeedRecord> = fc
	.tuple(
		fc.oneof(fc.constantFrom(...types), fc.constantFrom(...types), fc.constant(undefined)),
		fc.dictionary(fc.oneof(fc.constantFrom(...fieldNames), fc.string()), anything, { maxKeys: 5 }),
		fc.array(anything, { minLength: 8, maxLength: 8 }),
		hostileActor,
		anything,
	)
	.map(([entry, others, values, actor, type]) => {
		const own = Object.keys(entry?.[1].fields ?? {}).map((name, index) => [
			name,
			values[index % 8],
		]);
		return {
			...others,
			...(Object.fromEntries(own) as FeedRecord),
			organization_id: values[0],
			organization_uuid: values[1],
			resource_details: values[2],
			actor,
			type: entry === undefined ? type : entry[0],
			id: 'activity_1',
			created_at: CREATED_AT,
		};
	});

/** The activity that a record is on a page. */
export function activityOf(record: FeedRecord): Activity {
	return activityIn(JSON.stringify(record));
}

/** The activity of this text. */
export function activityIn(json: string): Activity {
	return parseActivity(Buffer.from(json))!;
}

/**
 * The fields of a record that an output has lost: a field is in it if the place for what has no other
 * holds it, or if its text is anywhere.
 *
 * @param others that place
 */
export function lostFields(record: FeedRecord, output: unknown, others: FeedRecord): string[] {
	const texts = new Set<unknown>();
	collectTexts(output, texts);
	const sent = parseExactly(JSON.stringify(record)) as FeedRecord;
	const { actor, ...own } = sent;
	const isObject = typeof actor === 'object' && actor !== null && !Array.isArray(actor);
	const lost = [own, isObject ? (actor as FeedRecord) : { actor }].flatMap((fields, index) =>
		Object.entries(fields)
			.filter(([name, value]) => {
				const rest = index === 1 && isObject ? (others.actor as FeedRecord) : others;
				const kept = Object.getOwnPropertyDescriptor(rest ?? {}, name)?.value as unknown;
				const isKept = JSON.stringify(kept) === JSON.stringify(value);
				return !(value === null || value === undefined || isKept || texts.has(value));
			})
			.map(([name]) => name),
	);
	return lost;
}

function collectTexts(value: unknown, texts: Set<unknown>): void {
	if (typeof value === 'object' && value !== null) {
		for (const content of Object.values(value)) collectTexts(content, texts);
	} else texts.add(value);
}
