/**
 * Writes the tables of docs/watches.md from core/watches/watches.ts and core/watches/others-rules.json.
 * Fails if a rule of others is neither covered by a watch nor has a reason.
 *
 * `npm run watches -- --check` only checks whether the page is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import core from '../core/index.ts';

const root = path.join(import.meta.dirname, '..');
const page = path.join(root, 'docs', 'watches.md');
const { defaultWatches, severities } = core;
const { vendors } = JSON.parse(
	readFileSync(path.join(root, 'core', 'watches', 'others-rules.json'), 'utf8'),
);

const OPERATORS = {
	equals: 'is',
	'not-equals': 'is not',
	'starts-with': 'begins with',
	'contains-text': 'contains',
	exists: 'is there',
	missing: 'is missing',
	'equals-field': 'equals',
	'not-equals-field': 'differs from',
};
/** A list of values that is longer is only counted. */
const MAX_VALUES = 6;

function watchTable() {
	const rows = [...defaultWatches]
		.sort((one, other) => severities.indexOf(other.severity) - severities.indexOf(one.severity))
		.map((watch) => [
			watch.severity,
			`**${watch.title}**<br>\`${watch.id}\``,
			whenOf(watch),
			watch.why,
		]);
	return table([['Severity', 'Watch', 'When', 'Why'], ...rows]);
}

function whenOf({ types, conditions, threshold, after }) {
	const parts = [what(types, conditions)];
	if (threshold) {
		const { count, within, by, distinct } = threshold;
		const counted = distinct ? ` with different ${code(distinct)}` : '';
		parts.push(`**${count} within ${within}**${counted}, by ${byOf(by)}`);
	}
	if (after) {
		parts.push(
			`**within ${after.within} after** ${what(after.types, after.conditions)}, by ${byOf(after.by)}`,
		);
	}
	return parts.join('<br>');
}

function what(types, conditions = []) {
	return [types.map(code).join(', '), ...conditions.map(conditionOf)].join('; ');
}

function conditionOf({ path: field, operator, value }) {
	const words = `${code(field)} ${OPERATORS[operator]}`;
	if (value === undefined) return words;
	const values = [value].flat();
	if (values.length > MAX_VALUES) return `${words} one of ${values.length} texts`;
	return `${words} ${values.map((each) => code(String(each))).join(' or ')}`;
}

function byOf(by) {
	return by === 'actor' || by === 'organization' ? by : code(by);
}

function othersTables() {
	return vendors
		.map(({ name, where, rules, types }) =>
			[
				`### ${name}`,
				`From ${where}.`,
				rules ? rulesTable(name, rules) : typesTable(name, types),
			].join('\n\n'),
		)
		.join('\n\n');
}

function rulesTable(vendor, rules) {
	const rows = rules.map((each) => {
		const seenAt = `${vendor}: ${each.rule}`;
		const watches = defaultWatches.filter((watch) => watch.seenAt?.includes(seenAt));
		const shown = each.title ? `${each.rule} ${each.title}` : each.rule;
		return [shown, coverage(seenAt, watches, each), each.note ?? ''];
	});
	return table([['Rule', 'Watch', 'Difference'], ...rows]);
}

function typesTable(vendor, types) {
	const rows = types.map((each) => {
		const watches = defaultWatches.filter((watch) => watch.types.includes(each.type));
		return [code(each.type), coverage(`${vendor}: ${each.type}`, watches, each), each.note ?? ''];
	});
	return table([['Type', 'Watch', 'Only'], ...rows]);
}

function coverage(rule, watches, { uncovered }) {
	if (watches.length > 0 === (uncovered !== undefined)) {
		throw new Error(`${rule} needs a watch or a reason in others-rules.json, and not both.`);
	}
	return uncovered ? `Not covered. ${uncovered}` : watches.map(({ id }) => code(id)).join(', ');
}

/** A watch that names a rule which nobody has would claim too much. */
function checkNames() {
	const known = new Set(
		vendors.flatMap(({ name, rules = [] }) => rules.map(({ rule }) => `${name}: ${rule}`)),
	);
	for (const { id, seenAt = [] } of defaultWatches) {
		const unknown = seenAt.filter((each) => !known.has(each));
		if (unknown.length > 0) throw new Error(`${id} names an unknown rule: ${unknown.join(', ')}.`);
	}
}

function code(text) {
	return `\`${text}\``;
}

function table([head, ...rows]) {
	return [head, head.map(() => '---'), ...rows]
		.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
		.join('\n');
}

checkNames();
const before = readFileSync(page, 'utf8');
let after = before;
for (const [name, part] of Object.entries({ watches: watchTable(), others: othersTables() })) {
	const place = new RegExp(`(<!-- ${name}:begin[^>]*-->)[^]*?(<!-- ${name}:end -->)`);
	if (!place.test(after)) throw new Error(`docs/watches.md has no place for ${name}.`);
	after = after.replace(place, (_, begin, end) => `${begin}\n\n${part}\n\n${end}`);
}
after = await format(after, { ...(await resolveConfig(page)), parser: 'markdown' });
if (!process.argv.includes('--check')) {
	writeFileSync(page, after);
} else if (after !== before) {
	console.error('docs/watches.md does not match core/watches: run npm run watches');
	process.exitCode = 1;
}
