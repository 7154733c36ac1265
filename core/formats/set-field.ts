/** Sets a field of an object, whatever its name: an assignment to `__proto__` would set none. */
export function setField(target: Record<string, unknown>, name: string, value: unknown): void {
	if (name === '__proto__') {
		Object.defineProperty(target, name, {
			value,
			configurable: true,
			enumerable: true,
			writable: true,
		});
	} else target[name] = value;
}

/** Sets a field whose name is harmless, unless there is no value. */
export function setPresent(target: Record<string, unknown>, name: string, value: unknown): void {
	if (value !== undefined) target[name] = value;
}
