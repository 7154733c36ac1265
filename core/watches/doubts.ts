import { closest } from '../activity/catalogue/closest';
import { documentedFields } from '../activity/catalogue/documented-fields';
import type { Condition, Operator, Scalar, TextCondition, ValueCondition, Watch } from './watch';

/** Why a watch, or a part of it, may never find anything. */
export interface Doubt {
	/** Such as `conditions[0].path`. */
	readonly path: string;
	/** A sentence. */
	readonly message: string;
}

/** What the reference says of the values of a field: `boolean`, `number`, `object`, `text`, or all of them. */
type Form = 'boolean' | 'number' | 'object' | 'text' | readonly string[];

/** The fields of every activity. */
const common: Readonly<Record<string, Form>> = {
	id: 'text',
	type: 'text',
	created_at: 'text',
	organization_id: 'text',
	organization_uuid: 'text',
	actor: 'object',
};

/** What users have. */
const OF_ACTORS = ['user_id', 'email_address', 'ip_address', 'user_agent'];

/** Activities that belong to no organization: sign-ins, and what reads the Compliance API. */
const WITHOUT_ORGANIZATION = /^((magic_link|social|sso|anonymous_mobile)_login_|compliance_api_)/;

/**
 * Looks for what Anthropic's reference gives to none of a watch's types. The feed may be newer than the
 * reference, so this is no mistake for certain.
 */
export function doubtsAbout({ types, conditions, threshold, after }: Watch): Doubt[] {
	const of = new Reference(types);
	const doubts = aboutConditions(of, conditions, 'conditions');
	if (threshold) {
		const { count, by, distinct } = threshold;
		doubts.push(...aboutKey(of, by, 'threshold.by'));
		if (distinct === by) {
			doubts.push({
				path: 'threshold.distinct',
				message: `Activities are counted together by their ${by}, so they have only one.`,
			});
		} else if (distinct === 'type' && new Set(types).size < count) {
			doubts.push({
				path: 'threshold.distinct',
				message: `The watch has fewer types than the ${count} that it waits for.`,
			});
		} else if (distinct !== undefined) {
			doubts.push(...aboutCounted(of, distinct, 'threshold.distinct'));
		}
	}
	if (after) {
		const earlier = new Reference(after.types);
		doubts.push(
			...aboutConditions(earlier, after.conditions, 'after.conditions'),
			...aboutKey(of, after.by, 'after.by'),
			...aboutKey(earlier, after.by, 'after.by'),
		);
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
		this.#knowsAll = types.every((type) => Object.hasOwn(documentedFields, type));
		for (const type of types) {
			if (!Object.hasOwn(documentedFields, type)) continue;
			for (const field of documentedFields[type]!.split(' ')) {
				const [name = '', form] = field.split('=');
				this.#forms.set(name, [...(this.#forms.get(name) ?? []), formIn(form)]);
			}
		}
	}

	/** What a field is, by type; `undefined` if it may be anything, as fields inside others may. */
	formsOf(name: string): readonly Form[] | undefined {
		if (name.includes('.')) return undefined;
		return this.#knowsAll || Object.hasOwn(common, name)
			? (this.#forms.get(name) ?? [])
			: undefined;
	}

	get names(): Iterable<string> {
		return this.#forms.keys();
	}
}

function formIn(text = 'text'): Form {
	return text === 'text' || text === 'boolean' || text === 'number' || text === 'object'
		? text
		: text.split('|');
}

function aboutConditions(
	of: Reference,
	conditions: readonly Condition[] = [],
	path: string,
): Doubt[] {
	return conditions.flatMap((condition, index) =>
		aboutCondition(of, condition, `${path}[${index}]`),
	);
}

function aboutCondition(of: Reference, condition: Condition, path: string): Doubt[] {
	switch (condition.operator) {
		case 'exists':
		case 'missing':
			return aboutField(of, condition.path, `${path}.path`);
		case 'equals-field':
		case 'not-equals-field':
			return [
				...aboutValues(of, condition.path, `${path}.path`),
				...aboutValues(of, condition.value, `${path}.value`),
			];
		default: {
			const doubts = aboutValues(of, condition.path, `${path}.path`);
			return doubts.length > 0 ? doubts : aboutWanted(of, condition, `${path}.value`);
		}
	}
}

function aboutKey(of: Reference, by: string, path: string): Doubt[] {
	if (by === 'id') return [{ path, message: 'Each activity has an id of its own.' }];
	return aboutCounted(of, by, path);
}

/** What is counted may also be the actor or the organization, whichever field has it. */
function aboutCounted(of: Reference, field: string, path: string): Doubt[] {
	if (field === 'actor') return [];
	if (!/^organization(_id|_uuid)?$/.test(field)) return aboutValues(of, field, path);
	if (!of.types.every((type) => WITHOUT_ORGANIZATION.test(type))) return [];
	return [{ path, message: `An activity of ${listed(of.types)} belongs to no organization.` }];
}

/** Doubts that single values are at a path: that there is such a field, and that it holds no objects. */
function aboutValues(of: Reference, field: string, path: string): Doubt[] {
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

/** Doubts that there is a field. Of fields inside others, the outer ones alone are known. */
function aboutField(of: Reference, field: string, path: string): Doubt[] {
	const [name = '', ...others] = field.split('.');
	const forms = of.formsOf(name);
	if (!forms) return [];
	if (forms.length === 0) {
		const meant = OF_ACTORS.includes(name) ? `actor.${name}` : closest(name, of.names);
		const question = meant ? ` Did you mean ${[meant, ...others].join('.')}?` : '';
		const message = `The reference has no field ${name} of ${listed(of.types)}.${question}`;
		return [{ path, message }];
	}
	if (others.length === 0 || forms.includes('object')) return [];
	return [{ path, message: `${name} holds values, not objects, so it has no fields.` }];
}

function listed(types: readonly string[]): string {
	return types.length === 1 ? types[0]! : 'any of these types';
}

/** Doubts that what a condition waits for is among the values of its field. */
function aboutWanted(
	of: Reference,
	{ path: field, operator, value }: ValueCondition | TextCondition,
	path: string,
): Doubt[] {
	const forms = field === 'type' ? [of.types] : of.formsOf(field);
	if (forms === undefined && field !== 'actor.type') return [];
	const wanted: readonly Scalar[] = [value].flat();
	return wanted.flatMap((each, index) => {
		const isPossible = forms
			? forms.some((form) => fits(form, each, operator))
			: operator !== 'equals' || String(each).endsWith('_actor');
		if (isPossible) return [];
		const message = forms
			? `The reference has only ${described(forms)} in ${field}.`
			: 'The types of actors end in _actor.';
		return [{ path: Array.isArray(value) ? `${path}[${index}]` : path, message }];
	});
}

function fits(form: Form, wanted: Scalar, operator: Operator): boolean {
	if (form === 'text') return typeof wanted === 'string';
	if (typeof form === 'string') {
		const isLargeNumber = form === 'number' && /^-?\d{16,}$/.test(String(wanted));
		return typeof wanted === form || isLargeNumber;
	}
	const text = String(wanted).toLowerCase();
	switch (operator) {
		case 'starts-with':
			return form.some((each) => each.toLowerCase().startsWith(text));
		case 'contains-text':
			return form.some((each) => each.toLowerCase().includes(text));
		default:
			return form.some((each) => each === wanted);
	}
}

function described(forms: readonly Form[]): string {
	const names = forms.flatMap((form) => {
		if (form === 'boolean') return ['true and false without quotation marks'];
		return typeof form === 'string' ? [`${form}s`] : form;
	});
	return [...new Set(names)].join(', ');
}
