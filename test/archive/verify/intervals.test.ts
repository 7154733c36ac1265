import { expect, test } from '@jest/globals';
import { describeCovered } from '../../../archive/verify/intervals';
import { summarizeVerification } from '../../../action/verify/report';
import { verifyArchive } from '../../../archive/verify/verify';
import { parseFilters } from '../../../core';
import { DAY, MINUTE, PRESENT, SECOND } from '../../core/harness';
import { Archivist, onDisk } from './archivist';

const at = (instant: number) => new Date(instant).toISOString();
/** How far a run's coverage is behind the present: the overlap, and the present second. */
const UNSETTLED = 5 * MINUTE + SECOND;

test('runs with the same filters cover one interval, and runs with other filters another', async () => {
	const archivist = new Archivist();
	const { bench } = archivist;
	const chats = parseFilters({ activityTypes: 'claude_chat_created' }, () => undefined);
	const others = parseFilters(
		{
			excludeActivityTypes: 'claude_chat_created, claude_chat_viewed',
			organizationIds: 'org_1 org_2',
			userIds: 'user_secret',
		},
		() => undefined,
	);
	const actor = { type: 'user_actor', user_id: 'user_secret' };
	for (const organization_id of ['org_1', 'org_2']) bench.happened(MINUTE, { organization_id });
	const series = [undefined, undefined, chats, chats, others, undefined];
	for (const filters of series) {
		bench.happened(MINUTE, { organization_id: 'org_1', actor, type: 'sso_login_succeeded' });
		await archivist.run({ backfillStart: PRESENT - DAY, ...(filters && { filters }) });
		bench.clock.advance(DAY);
	}
	const verification = await verifyArchive(onDisk(archivist.files));
	expect(verification.findings).toEqual([]);
	const end = (run: number) => at(PRESENT + run * DAY - UNSETTLED);
	const lines = [
		`${at(PRESENT - DAY)} to ${end(1)}`,
		`${end(1)} to ${end(3)}, only the activity types claude_chat_created (as in the query of manifest 3)`,
		`${end(3)} to ${end(4)}, only 2 of the organizations, all activity types but claude_chat_created, claude_chat_viewed, 1 of the users (as in the query of manifest 5)`,
		`${end(4)} to ${end(5)}`,
	];
	expect(verification.intervals.map(describeCovered)).toEqual(lines);
	expect(summarizeVerification(verification, 0)).toContain(`| Covered | ${lines.join('<br>')} |`);
});

test('a hole in the coverage ends an interval', async () => {
	const archivist = new Archivist();
	archivist.bench.happened(MINUTE);
	for (let run = 0; run < 3; run++) {
		await archivist.run();
		archivist.bench.clock.advance(DAY);
	}
	const files = new Map(archivist.files);
	files.delete('manifests/00000/00000002.json');
	const { intervals } = await verifyArchive(onDisk(files));
	expect(intervals).toHaveLength(2);
});

test.each([
	['text of their own', 'activity_types[]=%1b[31m%7C**x**', 'of a list of 1 '],
	[
		'too much',
		Array.from({ length: 21 }, () => 'activity_types[]=a').join('&'),
		'of a list of 21 ',
	],
])('text that somebody wrote into a query is not shown: %s', async (_, query, shown) => {
	const archivist = new Archivist();
	await archivist.run();
	const name = 'manifests/00000/00000001.json';
	const manifest = archivist.files.get(name)?.toString() ?? '';
	const forged = manifest.replace(/"query": ".*"/, `"query": "${query}"`);
	const files = new Map(archivist.files).set(name, Buffer.from(forged));
	const { intervals } = await verifyArchive(onDisk(files));
	expect(intervals.map(describeCovered).join()).toContain(`only the activity types ${shown}`);
});
