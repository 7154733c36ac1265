/**
 * Writes into docs/formats.md what each activity type becomes in each format.
 *
 * `node --import tsx scripts/generate-formats.mjs --check` only checks whether the page is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { categoryOf } from '../core/activity/catalogue/category.ts';
import { activityTypes, labelOf, severityOf } from '../core/index.ts';
import { categorizationOf } from '../core/formats/ecs/categorization.ts';
import { mappingOf } from '../core/formats/ocsf/mapping.ts';

const file = path.join(import.meta.dirname, '..', 'docs', 'formats.md');
const PLACE = /(<!-- types:begin[^>]*-->)[^]*?(<!-- types:end -->)/;

function rowOf(type) {
	const { ofClass, activityId } = mappingOf(type).usual;
	const activity = ofClass.activities[activityId] ?? 'Other';
	const { category, type: types } = categorizationOf(type);
	return [
		`\`${type}\``,
		labelOf(type),
		categoryOf(type),
		severityOf({ type }),
		`${ofClass.uid} ${ofClass.caption}`,
		`${activityId} ${activity}`,
		category.join(', '),
		types.join(', '),
	];
}

const head = [
	'Type',
	'Label',
	'Category',
	'Severity',
	'OCSF class',
	'OCSF activity',
	'`event.category`',
	'`event.type`',
];
const table = [head, head.map(() => '---'), ...activityTypes.map(rowOf)]
	.map((row) => `| ${row.join(' | ')} |`)
	.join('\n');

const before = readFileSync(file, 'utf8');
if (!PLACE.test(before)) throw new Error('docs/formats.md has no place for the types.');
const after = await format(
	before.replace(PLACE, (_, begin, end) => `${begin}\n\n${table}\n\n${end}`),
	{ ...(await resolveConfig(file)), parser: 'markdown' },
);
if (!process.argv.includes('--check')) {
	writeFileSync(file, after);
} else if (after !== before) {
	console.error('docs/formats.md does not match the formats: run npm run formats');
	process.exitCode = 1;
}
