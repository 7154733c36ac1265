import { formatTimestamp } from './timestamp';
import type { People } from './people';
import type { Random } from './random';

/** Makes a value of a field, for an activity of that time. Undefined leaves the field out. */
export type FieldValue = (random: Random, people: People, createdAtMicros: number) => unknown;

const ABSENT = 0.3;
const NULL = 0.25;
const HOSTILE = 0.06;
/** Seconds until an access by Anthropic appears in the feed: two days at most. */
const LATEST_ACCESS = 2 * 24 * 60 * 60;

const NAMES = [
	'Quarterly report',
	'Onboarding',
	'Legal review',
	'Data pipeline',
	'Customer interviews',
	'Roadmap 2026',
	'Incident notes',
	'Budget',
];
const FILES = ['report.pdf', 'contract_v2.docx', 'export.csv', 'diagram.png', 'notes.md'];
const WORDS = ['default', 'standard', 'restricted', 'workspace', 'organization', 'member', 'admin'];

/**
 * Reads the catalogue's description of a field ("optional string or null", "'a' or 'b' or 5 more",
 * "array of object { a, b }") once, so that each value is cheap.
 */
export function fieldValue(name: string, kind: string): FieldValue {
	const optional = kind.startsWith('optional ');
	const nullable = /\s+or null$/.test(kind);
	const make = core(name, kind.replace(/^optional /, '').replace(/\s+or null$/, ''));
	if (!optional && !nullable) return make;
	return (random, people, createdAtMicros) => {
		if (optional && random.chance(ABSENT)) return undefined;
		return nullable && random.chance(NULL) ? null : make(random, people, createdAtMicros);
	};
}

function core(name: string, kind: string): FieldValue {
	if (kind.startsWith("'")) {
		// "5 more" means values that the reference does not show. One such value is added.
		const values = kind
			.split(' or ')
			.map((value) => (value.startsWith("'") ? value.slice(1, -1) : 'not_in_the_reference'));
		return (random) => random.pick(values);
	}
	if (kind.startsWith('array of ')) {
		const item = core(name.replace(/s$/, ''), kind.slice('array of '.length));
		return (random, ...rest) =>
			Array.from({ length: random.below(4) }, () => item(random, ...rest));
	}
	if (kind.startsWith('object {')) {
		const inner = /\{ (.*) \}/.exec(kind)![1]!.split(', ');
		const fields = inner.map((field) => {
			const key = field.endsWith(' more') ? 'not_in_the_reference' : field;
			return [key, text(key)] as const;
		});
		return (...rest) => Object.fromEntries(fields.map(([key, make]) => [key, make(...rest)]));
	}
	if (kind === 'map[number]') return (random) => ({ standard: random.below(50), premium: 1.5 });
	if (kind === 'map[unknown]') {
		return (random) => ({ sub: random.token(), nested: { list: [1, null, true] } });
	}
	if (kind === 'boolean') return (random) => random.chance(0.5);
	if (kind === 'number') return number(name);
	if (kind === 'string') return text(name);
	throw new Error(`Unknown kind of field in the catalogue: ${kind}`);
}

function number(name: string): FieldValue {
	if (name === 'status_code') return (random) => random.pick([200, 200, 200, 400, 429]);
	if (/usd|amount/.test(name)) return (random) => random.below(1_000_000) / 100;
	return (random) => random.below(1000);
}

function text(name: string): FieldValue {
	if (name === 'admin_api_key_id') {
		return (random, people) => `admin_api_key_${random.pick(people.keySuffixes)}`;
	}
	if (name === 'api_key_id') return (random, people) => `apikey_${random.pick(people.keySuffixes)}`;
	if (/(^|_)(user|owner|account|principal|member)_id$/.test(name)) {
		return (random, people) => random.pick(people.users).id;
	}
	if (name.endsWith('email')) return (random, people) => random.pick(people.users).email;
	if (/(^|_)(jti|uuid)$/.test(name)) return (random) => random.uuid();
	if (/_ids?$/.test(name)) {
		const prefix = name.replace(/^(previous|new|old)_/, '').replace(/_ids?$/, '');
		return (random) => `${prefix}_01${random.token()}`;
	}
	if (name.endsWith('url')) return (random) => `https://example.com/${random.hex(8)}?a=1&b=%20`;
	if (/domain|host/.test(name)) return (random) => `${random.hex(4)}.example.com`;
	if (/checksum|hash|fingerprint/.test(name)) return (random) => random.hex(64);
	if (name === 'accessed_at') {
		return (random, _people, createdAtMicros) =>
			formatTimestamp(createdAtMicros - random.below(LATEST_ACCESS) * 1_000_000);
	}
	if (/_at$|_date$/.test(name)) return () => '2026-01-31T00:00:00Z';
	const ordinary = name.includes('filename')
		? FILES
		: /name|title|description|label|message|value|reason|detail/.test(name)
			? NAMES
			: WORDS;
	return (random, people) =>
		random.chance(HOSTILE) ? people.nextHostileString() : random.pick(ordinary);
}
