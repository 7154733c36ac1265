/**
 * Writes the inputs and outputs of each action into the pages about it.
 *
 * `node scripts/generate-action-tables.mjs --check` only checks whether the pages are up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '..');
const pages = {
	'README.md': 'action.yml',
	'docs/github-action.md': 'action.yml',
	'docs/archive.md': 'action/verify/action.yml',
};

/** The generated parts of a page about an action, by name. */
function partsOf({ inputs, outputs }) {
	return {
		inputs: table([
			['Input', 'Default', 'What it does'],
			...Object.entries(inputs).map(([name, input]) => [
				`\`${name}\``,
				input.required ? '**required**' : input.default === undefined ? '' : `\`${input.default}\``,
				input.description,
			]),
		]),
		outputs: table([
			['Output', 'What it holds'],
			...Object.entries(outputs).map(([name, output]) => [`\`${name}\``, output.description]),
		]),
		settings: ['```yaml', 'with:', ...Object.entries(inputs).flatMap(setting), '```'].join('\n'),
	};
}

function table([head, ...rows]) {
	return [head, head.map(() => '---'), ...rows]
		.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
		.join('\n');
}

/** An input with its default, after a comment with the first sentence of its description. */
function setting([name, { description, default: value = '' }]) {
	const [sentence] = /^.*?[.](?= |$)/.exec(description) ?? [description];
	const scalar = /^[\w%.-]*$/.test(value) ? value : `'${value}'`;
	return [`  # ${sentence.replaceAll('`', '')}`, `  ${name}: ${scalar}`.trimEnd()];
}

for (const [page, metadata] of Object.entries(pages)) {
	const file = path.join(root, page);
	const before = readFileSync(file, 'utf8');
	let after = before;
	const parts = partsOf(parse(readFileSync(path.join(root, metadata), 'utf8')));
	for (const [name, part] of Object.entries(parts)) {
		const place = new RegExp(`(<!-- ${name}:begin[^>]*-->)[^]*?(<!-- ${name}:end -->)`);
		after = after.replace(place, (_, begin, end) => `${begin}\n\n${part}\n\n${end}`);
	}
	if (!after.includes('generated from')) throw new Error(`${page} has no place for an action.`);
	after = await format(after, { ...(await resolveConfig(file)), parser: 'markdown' });
	if (!process.argv.includes('--check')) {
		writeFileSync(file, after);
	} else if (after !== before) {
		console.error(`${page} does not match ${metadata}: run npm run tables`);
		process.exitCode = 1;
	}
}
