/**
 * Reads the format in which n8n stores executions: a JSON array of values, where a string inside an
 * object or array is the index of the value that belongs there.
 */
export function parseFlatted(text: string): unknown {
	const values = JSON.parse(text) as unknown[];
	const resolved = new Map<number, unknown>();

	function valueAt(index: number): unknown {
		if (resolved.has(index)) return resolved.get(index);
		const value = values[index];
		resolved.set(index, value);
		if (typeof value === 'object' && value !== null) {
			const members = value as Record<string, unknown>;
			for (const [name, member] of Object.entries(members)) {
				if (typeof member === 'string') members[name] = valueAt(Number(member));
			}
		}
		return value;
	}
	return valueAt(0);
}
