import { isIP } from 'node:net';
import schema from './ocsf-1.6.0.json' with { type: 'json' };

/** The part of OCSF's own schema (Apache License 2.0, github.com/ocsf/ocsf-schema, release 1.6.0) that events may use. */
interface Attribute {
	type?: string;
	object?: string;
	array?: boolean;
	requirement: string;
	enum?: Record<string, string>;
	deprecated?: boolean;
}

interface Described {
	attributes: Record<string, Attribute>;
	constraints?: { at_least_one?: string[]; just_one?: string[] } | null;
}

interface DescribedClass extends Described {
	class_uid: number;
	category_uid: number;
	caption: string;
}

const classes = Object.values(schema.classes as unknown as Record<string, DescribedClass>);
const objects = schema.objects as unknown as Record<string, Described>;

/** What the profile `host` adds. */
const host: Record<string, Attribute> = {
	actor: { object: 'actor', requirement: 'optional' },
};

/** The forms of texts that OCSF checks. */
const forms: Record<string, (text: string) => boolean> = {
	email_t: (text) => /^[a-zA-Z0-9!#$%&'*+\-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$/.test(text),
	ip_t: (text) => isIP(text) !== 0,
	url_t: (text) => /^https?:\/\//i.test(text),
};

/** Everything in which an event differs from the schema. */
export function ocsfErrors(event: Record<string, unknown>): string[] {
	const ofClass = classes.find(({ class_uid }) => class_uid === event.class_uid);
	if (ofClass === undefined) return [`class_uid: ${JSON.stringify(event.class_uid)}`];
	const profiles = (event.metadata as { profiles?: string[] } | undefined)?.profiles ?? [];
	const own = 'actor' in ofClass.attributes;
	const errors =
		own && profiles.includes('host') ? ['the class has an actor without a profile'] : [];
	const attributes = profiles.includes('host')
		? { ...host, ...ofClass.attributes }
		: ofClass.attributes;
	checkObject(event, { ...ofClass, attributes }, '', errors);
	const expected: Record<string, unknown> = {
		category_uid: ofClass.category_uid,
		class_name: ofClass.caption,
		type_uid: ofClass.class_uid * 100 + (event.activity_id as number),
	};
	for (const [name, value] of Object.entries(expected)) {
		if (event[name] !== value) errors.push(`${name}: ${JSON.stringify(event[name])}`);
	}
	const caption = ofClass.attributes.activity_id?.enum?.[String(event.activity_id)];
	if (event.activity_id !== 99 && event.activity_name !== caption) errors.push('activity_name');
	return errors;
}

function checkObject(
	value: Record<string, unknown>,
	{ attributes, constraints }: Described,
	path: string,
	errors: string[],
): void {
	for (const [name, { requirement }] of Object.entries(attributes)) {
		if (requirement === 'required' && !(name in value)) errors.push(`${path}${name} is missing`);
	}
	const { at_least_one: least, just_one: one } = constraints ?? {};
	if (least && !least.some((name) => name in value))
		errors.push(`${path}: none of ${least.join()}`);
	if (one && one.filter((name) => name in value).length !== 1) {
		errors.push(`${path}: not one of ${one.join()}`);
	}
	for (const [name, content] of Object.entries(value)) {
		const attribute = attributes[name];
		if (attribute === undefined || attribute.deprecated) errors.push(`${path}${name} is unknown`);
		else if (attribute.array) {
			if (!Array.isArray(content) || content.length === 0) errors.push(`${path}${name} is no list`);
			else for (const one of content) checkValue(one, attribute, `${path}${name}`, errors);
		} else checkValue(content, attribute, `${path}${name}`, errors);
	}
}

function checkValue(value: unknown, attribute: Attribute, path: string, errors: string[]): void {
	const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
	if (attribute.object !== undefined) {
		if (!isObject) errors.push(`${path} is no object`);
		// `object` is free, such as `unmapped`.
		else if (attribute.object !== 'object') {
			const described = objects[attribute.object];
			if (described === undefined) errors.push(`${path}: ${attribute.object} is not in the schema`);
			else checkObject(value as Record<string, unknown>, described, `${path}.`, errors);
		}
		return;
	}
	if (!isOfType(value, attribute.type ?? '')) errors.push(`${path}: ${JSON.stringify(value)}`);
	if (attribute.enum && path.endsWith('class_uid')) return;
	if (attribute.enum && path.endsWith('category_uid')) return;
	if (attribute.enum && !(String(value) in attribute.enum)) {
		errors.push(`${path}: ${JSON.stringify(value)} is not in the enum`);
	}
}

function isOfType(value: unknown, type: string): boolean {
	if (/^(integer|long|timestamp|port)_t$/.test(type)) return Number.isSafeInteger(value);
	if (type === 'boolean_t') return typeof value === 'boolean';
	if (type === 'json_t') return true;
	// All others are texts.
	return typeof value === 'string' && value !== '' && (forms[type]?.(value) ?? true);
}
