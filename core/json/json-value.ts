/** Whether a value from parsed JSON is an object, and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value if it is a string, else `undefined`. */
export function stringOf(value: unknown): string | undefined {
	return typeof value === 'string' ? value : undefined;
}

/** The value if it is a string that is not empty, else `undefined`. */
export function textOf(value: unknown): string | undefined {
	return value === '' ? undefined : stringOf(value);
}

/** The fields of a value if it is an object, else none. */
export function fieldsOf(value: unknown): Record<string, unknown> {
	return isObject(value) ? value : {};
}
