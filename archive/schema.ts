// Schemas that manifest and head share.

import * as v from 'valibot';
import { formatInstant, parseInstant } from '../core';

/** SHA-256 in hex. */
export const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** A number of things. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** A number that counts from 1. */
export const ordinal = v.pipe(count, v.minValue(1));

/** RFC 3339, exactly as the core writes an instant. */
export const instant = v.pipe(
	v.string(),
	v.check((text) => {
		const parsed = parseInstant(text);
		return parsed !== undefined && formatInstant(parsed) === text;
	}),
);

/** A list of any length. */
export function listOf<const Item extends v.GenericSchema>(item: Item) {
	return v.pipe(v.array(item), v.readonly());
}

/** An object with exactly these members, in this order. */
export function exactly<const Entries extends v.ObjectEntries>(entries: Entries) {
	const names = Object.keys(entries);
	return v.pipe(
		v.unknown(),
		v.check((value) => {
			const members = Object.keys(Object(value) as object);
			return members.length === names.length && names.every((name, at) => members[at] === name);
		}),
		v.object(entries),
		v.readonly(),
	);
}
