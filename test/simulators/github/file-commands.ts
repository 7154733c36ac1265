/** Reads a GITHUB_OUTPUT or GITHUB_STATE file: `name=value` lines and `name<<delimiter` blocks. */
export function parseValues(text: string): Record<string, string> {
	const values: Record<string, string> = {};
	const lines = text.split(/\r?\n/);
	for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
		if (line === '') continue;
		const block = /^([^=]+?)<<(.+)$/.exec(line);
		const single = /^([^=]+)=(.*)$/.exec(line);
		if (block) {
			const [, name = '', delimiter = ''] = block;
			const end = lines.indexOf(delimiter);
			if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
			values[name] = lines
				.splice(0, end + 1)
				.slice(0, -1)
				.join('\n');
		} else if (single) {
			const [, name = '', value = ''] = single;
			values[name] = value;
		} else {
			throw new Error(`Invalid format '${line}'`);
		}
	}
	return values;
}
