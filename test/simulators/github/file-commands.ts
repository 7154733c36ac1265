/** Reads a GITHUB_OUTPUT file: `name=value` lines and `name<<delimiter` blocks. */
export function parseOutputs(text: string): Record<string, string> {
	const outputs: Record<string, string> = {};
	const lines = text.split(/\r?\n/);
	for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
		if (line === '') continue;
		const block = /^([^=]+?)<<(.+)$/.exec(line);
		const single = /^([^=]+)=(.*)$/.exec(line);
		if (block) {
			const [, name = '', delimiter = ''] = block;
			const end = lines.indexOf(delimiter);
			if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
			outputs[name] = lines
				.splice(0, end + 1)
				.slice(0, -1)
				.join('\n');
		} else if (single) {
			const [, name = '', value = ''] = single;
			outputs[name] = value;
		} else {
			throw new Error(`Invalid format '${line}'`);
		}
	}
	return outputs;
}
