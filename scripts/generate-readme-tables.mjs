/**
 * Writes the tables of inputs and outputs in README.md from action.yml.
 *
 * `node scripts/generate-readme-tables.mjs --check` only tells whether the two are in step.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '..');
const readme = path.join(root, 'README.md');
const { inputs, outputs } = parse(readFileSync(path.join(root, 'action.yml'), 'utf8'));

const tables = {
	inputs: [
		['Input', 'Default', 'What it does'],
		...Object.entries(inputs).map(([name, input]) => [
			`\`${name}\``,
			input.required ? '**required**' : input.default === undefined ? '' : `\`${input.default}\``,
			input.description,
		]),
	],
	outputs: [
		['Output', 'What it tells'],
		...Object.entries(outputs).map(([name, output]) => [`\`${name}\``, output.description]),
	],
};

const before = readFileSync(readme, 'utf8');
let after = before;
for (const [name, [head, ...rows]] of Object.entries(tables)) {
	const table = [head, head.map(() => '---'), ...rows]
		.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
		.join('\n');
	const place = new RegExp(`(<!-- ${name}:begin[^>]*-->)[^]*?(<!-- ${name}:end -->)`);
	if (!place.test(after)) throw new Error(`README.md has no place for the table of ${name}.`);
	after = after.replace(place, (_, begin, end) => `${begin}\n\n${table}\n\n${end}`);
}

after = await format(after, { ...(await resolveConfig(readme)), parser: 'markdown' });

if (!process.argv.includes('--check')) {
	writeFileSync(readme, after);
} else if (after !== before) {
	console.error('README.md is out of step with action.yml: run npm run readme');
	process.exit(1);
}
