/**
 * Writes the tables of inputs and outputs of each action into the page that tells of it.
 *
 * `node scripts/generate-action-tables.mjs --check` only tells whether they are in step.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '..');
const pages = {
	'README.md': 'action.yml',
	'docs/archive.md': 'action/verify/action.yml',
};

/** The tables of an action, by what they tell of it. */
function tablesOf({ inputs, outputs }) {
	return {
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
}

for (const [page, metadata] of Object.entries(pages)) {
	const file = path.join(root, page);
	const before = readFileSync(file, 'utf8');
	let after = before;
	const tables = tablesOf(parse(readFileSync(path.join(root, metadata), 'utf8')));
	for (const [name, [head, ...rows]] of Object.entries(tables)) {
		const table = [head, head.map(() => '---'), ...rows]
			.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
			.join('\n');
		const place = new RegExp(`(<!-- ${name}:begin[^>]*-->)[^]*?(<!-- ${name}:end -->)`);
		if (!place.test(after)) throw new Error(`${page} has no place for the table of ${name}.`);
		after = after.replace(place, (_, begin, end) => `${begin}\n\n${table}\n\n${end}`);
	}
	after = await format(after, { ...(await resolveConfig(file)), parser: 'markdown' });
	if (!process.argv.includes('--check')) {
		writeFileSync(file, after);
	} else if (after !== before) {
		console.error(`${page} is out of step with ${metadata}: run npm run tables`);
		process.exitCode = 1;
	}
}
