import { isObject } from '../json/json-value';
import type { Condition, TextCondition } from './watch';

/**
 * The conditions as one function, which says whether all of them hold of a record. The record is any
 * parsed JSON; only its own properties count, and nothing in it makes the function throw.
 */
export function compileConditions(
	conditions: readonly Condition[] = [],
): (record: unknown) => boolean {
	const compiled = conditions.map(compile);
	return (record) => compiled.every((holds) => holds(record));
}

function compile(condition: Condition): (record: unknown) => boolean {
	const values = reader(condition.path);
	switch (condition.operator) {
		case 'equals':
		case 'not-equals': {
			const wanted = new Set<unknown>([condition.value].flat());
			const expected = condition.operator === 'equals';
			return (record) => values(record).some((value) => wanted.has(value)) === expected;
		}
		case 'starts-with':
		case 'contains-text': {
			const holds = textTest(condition.operator, condition.value);
			return (record) => values(record).some((value) => typeof value === 'string' && holds(value));
		}
		case 'exists':
			return (record) => values(record).length > 0;
		case 'missing':
			return (record) => values(record).length === 0;
		case 'equals-field':
		case 'not-equals-field': {
			const others = reader(condition.value);
			const expected = condition.operator === 'equals-field';
			return (record) => {
				const wanted = new Set(others(record));
				return values(record).some((value) => wanted.has(value)) === expected;
			};
		}
	}
}

/** A function that says whether a text begins with, or contains, one of the wanted ones, in any case. */
export function textTest(
	operator: TextCondition['operator'],
	wanted: string | readonly string[],
): (text: string) => boolean {
	// Not lower case: that of Σ depends on its place in the text.
	const parts = [wanted].flat().map((part) => part.toUpperCase());
	return (text) => {
		const upper = text.toUpperCase();
		return parts.some((part) =>
			operator === 'starts-with' ? upper.startsWith(part) : upper.includes(part),
		);
	};
}

/** A function that returns the values at a path; `null` is none. */
export function reader(path: string): (record: unknown) => unknown[] {
	const names = path.split('.');
	return (record) => valuesAt(record, names, 0);
}

function valuesAt(record: unknown, names: readonly string[], from: number): unknown[] {
	let value = record;
	for (let at = from; at < names.length; at++) {
		const name = names[at]!;
		if (!isObject(value) || !Object.hasOwn(value, name)) return [];
		value = value[name];
		if (Array.isArray(value)) return value.flatMap((each) => valuesAt(each, names, at + 1));
	}
	return value === null ? [] : [value];
}
