import { closest } from '../activity/catalogue/closest';
import { documentedFields } from '../activity/catalogue/documented-fields';
import { isInexactNumber } from '../json/exact-json';
import { textTest } from './condition';
import type { Remark } from './remark';
import type { Condition, Operator, Scalar, TextCondition, ValueCondition, Watch } from './watch';

/** What the reference says of the values of a field: what they are, or all of them. A list has its own form only if it is of texts. */
type Form = 'any' | 'boolean' | 'number' | 'object' | 'text' | 'texts' | readonly string[];

/** The fields of actors, whatever their type is. */
const ofActors = [
	'type',
	'user_id',
	'email_address',
	'ip_address',
	'user_agent',
	'api_key_id',
	'admin_api_key_id',
	'unauthenticated_email_address',
	'service_account_id',
	'service',
	'directory_id',
	'idp_connection_type',
	'workos_event_id',
	'issuer',
	'subject',
	'audience',
	'provider',
	'external_client_id',
	'kid_hash',
];

/** The fields of every activity. */
const common: Readonly<Record<string, Form>> = {
	id: 'text',
	type: 'text',
	created_at: 'text',
	organization_id: 'text',
	organization_uuid: 'text',
	actor: 'object',
	...Object.fromEntries(ofActors.map((name) => [`actor.${name}`, 'any'])),
};

/** What no activity lacks. */
const ALWAYS = new Set(['id', 'type', 'created_at']);

/** Activities that belong to no organization: sign-ins, and what reads the Compliance API. */
const WITHOUT_ORGANIZATION = /^((magic_link|social|sso|anonymous_mobile)_login_|compliance_api_)/;

/**
 * Looks for what Anthropic's reference gives to none of a watch's types. The feed may be newer than the
 * reference, so this is no mistake for certain.
 */
export function doubtsAbout({ types, conditions, threshold, after }: Watch): Remark[] {
	const of = new Reference(types);
	const doubts = aboutConditions(of, conditions, 'conditions');
	if (threshold) {
		const { by, distinct } = threshold;
		doubts.push(...aboutKey(of, by, 'threshold.by'));
		if (distinct !== undefined) {
			doubts.push(...aboutDistinct(of, { ...threshold, distinct }, 'threshold.distinct'));
		}
	}
	if (after) {
		const { by } = after;
		const earlier = new Reference(after.types);
		doubts.push(
			...aboutConditions(earlier, after.conditions, 'after.conditions'),
			...aboutKey(of, by, 'after.by'),
			...aboutCounted(earlier, by, 'after.by'),
		);
		if (by === 'type') {
			doubts.push({ path: 'after.by', message: 'The earlier activity is of another type.' });
		}
	}
	return doubts;
}

/** What the reference says of the activities of some types. */
class Reference {
	readonly #forms = new Map<string, Form[]>(
		Object.entries(common).map(([name, form]) => [name, [form]]),
	);
	/** A new type, or one whose fields are not documented, may have any. */
	readonly #knowsAll: boolean;

	constructor(readonly types: readonly string[]) {
		this.#forms.set('type', [types]);
		this.#knowsAll = types.every((type) => Object.hasOwn(documentedFields, type));
		for (const type of types) {
			if (!Object.hasOwn(documentedFields, type)) continue;
			for (const field of documentedFields[type]!.split(' ')) {
				const [name = '', form] = field.split('=');
				this.#forms.set(name, [...(this.#forms.get(name) ?? []), formIn(form)]);
			}
		}
	}

	/** What a field is, by type; none if no type has it, `undefined` if it may be anything. */
	formsOf(field: string): readonly Form[] | undefined {
		const [name = '', inner] = field.split('.');
		const isCommon = Object.hasOwn(common, name) && inner === undefined;
		const knows = this.#knowsAll || isCommon;
		if (!knows) return undefined;
		if (inner === undefined) return this.#forms.get(name) ?? [];
		const place = `${name}.`;
		const isDescribed = [...this.#forms.keys()].some((each) => each.startsWith(place));
		return isDescribed ? (this.#forms.get(place + inner) ?? []) : undefined;
	}

	get names(): Iterable<string> {
		return this.#forms.keys();
	}
}

function isWord(text: string): text is Exclude<Form, readonly string[]> {
	return /^(any|boolean|number|object|texts?)$/.test(text);
}

function formIn(text = 'text'): Form {
	return isWord(text) ? text : text.split('|');
}

function aboutConditions(
	of: Reference,
	conditions: readonly Condition[] = [],
	path: string,
): Remark[] {
	return conditions.flatMap((condition, index) =>
		aboutCondition(of, condition, `${path}[${index}]`),
	);
}

function aboutCondition(of: Reference, condition: Condition, path: string): Remark[] {
	const { path: field, operator } = condition;
	switch (operator) {
		case 'missing':
			return ALWAYS.has(field)
				? [{ path: `${path}.path`, message: `Each activity has the field ${field}.` }]
				: aboutField(of, field, `${path}.path`);
		case 'exists':
			return [
				...aboutField(of, field, `${path}.path`),
				...aboutOrganization(of, field, `${path}.path`),
			];
		case 'equals-field':
		case 'not-equals-field':
			return [
				...aboutValues(of, field, `${path}.path`),
				...aboutValues(of, condition.value, `${path}.value`),
			];
		default: {
			const doubts = aboutValues(of, field, `${path}.path`);
			if (operator !== 'not-equals') doubts.push(...aboutOrganization(of, field, `${path}.path`));
			return doubts.length > 0 ? doubts : aboutWanted(of, condition, `${path}.value`);
		}
	}
}

function aboutKey(of: Reference, by: string, path: string): Remark[] {
	if (by === 'id') return [{ path, message: 'Each activity has an id of its own.' }];
	return aboutCounted(of, by, path);
}

/** What is counted may also be the actor or the organization, whichever field has it. */
function aboutCounted(of: Reference, field: string, path: string): Remark[] {
	if (field === 'actor') return [];
	return isOrganization(field) ? aboutOrganization(of, field, path) : aboutValues(of, field, path);
}

/** Doubts that activities with one key can have so many different values. */
function aboutDistinct(
	of: Reference,
	{ by, distinct, count }: { by: string; distinct: string; count: number },
	path: string,
): Remark[] {
	const forms = of.formsOf(distinct) ?? [];
	const isWhole = [by, distinct].includes('organization');
	const isSame = distinct === by || (isWhole && isOrganization(by) && isOrganization(distinct));
	if (isSame && (by === 'actor' || isOrganization(by) || isSingle(forms))) {
		const message = `Activities are counted together by their ${by}, so they have only one.`;
		return [{ path, message }];
	}
	const most = mostValues(forms);
	if (most < count) {
		return [
			{
				path,
				message: `The watch waits for ${count} different values of ${distinct}, and there are only ${most} here.`,
			},
		];
	}
	return aboutCounted(of, distinct, path);
}

/** Whether a field has one value for certain, and no list. */
function isSingle(forms: readonly Form[]): boolean {
	return (
		forms.length > 0 &&
		!forms.some((form) => form === 'any' || form === 'object' || form === 'texts')
	);
}

/** How many different values a field can have at most. */
function mostValues(forms: readonly Form[]): number {
	const values = new Set(
		forms.flatMap((form) => (form === 'boolean' ? ['true', 'false'] : isMany(form) ? [] : form)),
	);
	return forms.length === 0 || forms.some(isMany) ? Infinity : values.size;
}

function isMany(form: Form): boolean {
	return form !== 'boolean' && typeof form === 'string';
}

function isOrganization(field: string): boolean {
	return /^organization(_id|_uuid)?$/.test(field);
}

function aboutOrganization(of: Reference, field: string, path: string): Remark[] {
	if (!isOrganization(field)) return [];
	if (!of.types.every((type) => WITHOUT_ORGANIZATION.test(type))) return [];
	return [{ path, message: `An activity of ${listed(of.types)} belongs to no organization.` }];
}

/** Doubts that single values are at a path: that there is such a field, and that it holds no objects. */
function aboutValues(of: Reference, field: string, path: string): Remark[] {
	const doubts = aboutField(of, field, path);
	if (doubts.length > 0) return doubts;
	const forms = of.formsOf(field);
	if (forms === undefined || forms.some((form) => form !== 'object')) return [];
	return [
		{
			path,
			message: `${field} holds objects, not values. Name one of their fields, behind a dot.`,
		},
	];
}

/** Doubts that there is a field. Of what is nested deeper, the outer two names alone are looked at. */
function aboutField(of: Reference, field: string, path: string): Remark[] {
	const [name = '', inner, ...others] = field.split('.');
	const outer = of.formsOf(name);
	if (outer?.length === 0)
		return [{ path, message: noField(of, name, [inner ?? [], others].flat()) }];
	if (inner === undefined || !outer) return [];
	if (!outer.includes('object')) {
		return [{ path, message: `${name} holds values, not objects, so it has no fields.` }];
	}
	if (of.formsOf(field)?.length !== 0) return [];
	return [{ path, message: noField(of, `${name}.${inner}`, others) }];
}

function noField(of: Reference, field: string, others: readonly string[]): string {
	const names = [...of.names];
	const meant = names.includes(`actor.${field}`) ? `actor.${field}` : closest(field, names);
	const question = meant ? ` Did you mean ${[meant, ...others].join('.')}?` : '';
	return `Anthropic's reference has no field ${field} of ${listed(of.types)}.${question}`;
}

function listed(types: readonly string[]): string {
	return types.length === 1 ? types[0]! : 'any of these types';
}

/** Doubts that what a condition waits for is among the values of its field. */
function aboutWanted(
	of: Reference,
	{ path: field, operator, value }: ValueCondition | TextCondition,
	path: string,
): Remark[] {
	const wanted: readonly Scalar[] = [value].flat();
	if (field === 'type' && operator === 'not-equals') {
		const others = of.types.filter((type) => !wanted.includes(type));
		if (others.length === 0) return [{ path, message: 'The watch has no other type.' }];
	}
	const doubts = wanted.flatMap((each, index) => {
		const message = doubtAbout(of, field, operator, each);
		if (message === undefined) return [];
		return [{ path: Array.isArray(value) ? `${path}[${index}]` : path, message }];
	});
	// Whoever leaves several values out may leave out too much.
	return operator === 'not-equals' && doubts.length < wanted.length ? [] : doubts;
}

function doubtAbout(
	of: Reference,
	field: string,
	operator: Operator,
	wanted: Scalar,
): string | undefined {
	if (field === 'actor.type' && (operator === 'equals' || operator === 'not-equals')) {
		return String(wanted).endsWith('_actor') ? undefined : 'The types of actors end in _actor.';
	}
	const forms = of.formsOf(field);
	if (!forms || forms.some((form) => fits(form, wanted, operator))) return undefined;
	if (forms.every((form) => form === 'boolean')) {
		return `${field} is true or false. Use equals with one of them, without quotation marks.`;
	}
	return `Anthropic's reference has only ${described(forms)} in ${field}.`;
}

function fits(form: Form, wanted: Scalar, operator: Operator): boolean {
	if (form === 'any') return true;
	if (form === 'text' || form === 'texts') return typeof wanted === 'string';
	// In a record, a number that JavaScript would round is text.
	if (form === 'number') return typeof wanted === 'number' || isInexactNumber(String(wanted));
	if (typeof form === 'string') return typeof wanted === form;
	if (operator !== 'starts-with' && operator !== 'contains-text') {
		return form.some((each) => each === wanted);
	}
	return form.some(textTest(operator, String(wanted)));
}

function described(forms: readonly Form[]): string {
	const names = forms.flatMap((form) => {
		if (form === 'boolean') return ['true', 'false'];
		return typeof form === 'string' ? [form.replace(/s?$/, 's')] : form;
	});
	return [...new Set(names)].join(', ');
}
