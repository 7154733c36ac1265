import { afterEach, describe, expect, test } from '@jest/globals';
import { complianceHttp } from '../../../action/io/http';
import { compareWithFeed, parseInterval } from '../../../action/verify/against-feed';
import { verifyArchive } from '../../../archive/verify/verify';
import { ApiClient, Feed, parseFilters, Unreadable } from '../../../core';
import { DAY, MINUTE, PRESENT, SECOND } from '../../core/harness';
import { ActivityFeed } from '../../simulators/activity-feed/activity-feed';
import { oddRecords } from '../odd-records';
import type { Fault } from '../../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { type RunningServer, startActivityFeed } from '../../simulators/activity-feed/server';
import { Archivist, onDisk } from '../../archive/verify/archivist';

const servers: RunningServer[] = [];
afterEach(async () => {
	for (const each of servers.splice(0)) await each.close();
});

/** An archive of a feed that can be asked over HTTP as well. */
async function archived(options = {}) {
	const archivist = new Archivist(options);
	const { bench } = archivist;
	const server = await startActivityFeed(bench.simulated);
	servers.push(server);
	const endpoint = `${server.url}/v1/compliance/activities`;
	const run = (sync = {}) => archivist.run({ pageSize: 7, ...sync }, { endpoint });
	bench.simulated.generate({ count: 30, from: PRESENT - 2.5 * DAY, to: PRESENT });
	return { archivist, bench, server, run };
}

async function compare(
	archivist: Archivist,
	{ url }: RunningServer,
	interval = '2025-01-01..2026-12-31',
) {
	const directory = onDisk(archivist.files);
	expect((await verifyArchive(directory)).findings).toEqual([]);
	const { clock, log } = archivist.bench;
	const now = () => clock.now();
	const sleep = async (ms: number) => clock.advance(ms);
	const client = new ApiClient({
		baseUrl: url,
		accessKey: ACCESS_KEY,
		http: complianceHttp(ACCESS_KEY),
		now,
		sleep,
		log,
	});
	const warn = () => undefined;
	const feed = new Feed(client);
	return compareWithFeed({ directory, feed, interval: parseInterval(interval), now, warn });
}

describe('an archive and its feed', () => {
	test('agree, own requests included, up to where the archive is complete', async () => {
		const { archivist, bench, server, run } = await archived({});
		for (let hour = 0; hour < 4; hour++) {
			// Sometimes the first answer is a failure, whose activity is left out as well.
			if (hour % 2 === 1) bench.simulated.fail({ status: 503 });
			await run({ includeOwnRequests: hour === 2 });
			bench.clock.advance(60 * MINUTE);
			for (const ago of [40 * MINUTE, 6 * SECOND, 3 * SECOND]) bench.happened(ago);
		}
		bench.happened(30 * MINUTE, { type: 'compliance_api_accessed', request_id: 'req_of_others' });
		await run({ includeOwnRequests: false });
		bench.clock.advance(MINUTE);
		bench.happened(5 * MINUTE + SECOND);
		const { findings, compared, read } = await compare(archivist, server);
		expect(findings).toEqual([]);
		expect(read).toBeGreaterThan(40);
		expect(compared.from).toBe(PRESENT - 90 * DAY);
		// Not up to the present: the overlap of the last run is not covered yet.
		expect(compared.to).toBeLessThan(bench.clock.now() - 5 * MINUTE);
	});

	test('agree with the filters that each run had', async () => {
		const { archivist, bench, server, run } = await archived({ recordReads: false });
		const chats = parseFilters({ activityTypes: 'claude_chat_created' }, () => undefined);
		const others = parseFilters({ excludeActivityTypes: 'claude_chat_created' }, () => undefined);
		for (const filters of [chats, others, chats]) {
			for (const ago of [9 * MINUTE, MINUTE]) {
				bench.happened(ago);
				bench.happened(ago, { type: 'claude_chat_viewed' });
			}
			await run({ filters });
			bench.clock.advance(10 * MINUTE);
			// Late, so that only the next run could have archived it, whose filters leave it out.
			if (filters === chats) bench.happened(12 * MINUTE);
		}
		expect((await compare(archivist, server)).findings).toEqual([]);
	});

	test('differ where either was changed', async () => {
		const { archivist, bench } = await archived({ recordReads: false });
		const feed = new ActivityFeed({ clock: bench.clock, recordReads: false });
		const server = await startActivityFeed(feed);
		servers.push(server);
		const rows = bench.simulated.rows();
		const [gone, other] = [rows[4], rows[9]].map((row) => row?.id ?? '');
		for (const { id, json } of rows) {
			if (id !== gone) feed.add(id === other ? json.replace('"type":', '"new":1,"type":') : json);
		}
		const hidden = JSON.parse(rows[14]?.json ?? '') as { created_at: string };
		feed.add({ ...hidden, id: 'activity_late' });
		await archivist.run({}, { endpoint: `${server.url}/v1/compliance/activities` });
		const { findings } = await compare(archivist, server);
		const day = `${hidden.created_at.slice(0, 10).replaceAll('-', '/')}.ndjson`;
		expect(findings).toHaveLength(3);
		expect(findings).toEqual(
			expect.arrayContaining([
				{
					path: day,
					line: undefined,
					problem: 'The archive lacks an activity of the feed.',
					id: 'activity_late',
				},
				{
					path: expect.stringMatching(/ndjson$/),
					line: expect.any(Number),
					problem: 'The feed does not show this activity.',
					id: gone,
				},
				{
					path: expect.stringMatching(/ndjson$/),
					line: expect.any(Number),
					problem: 'The feed now shows this activity with other content.',
					id: other,
				},
			]),
		);
	});

	test('agree where the feed shows times more coarsely than it compares them, at midnight too', async () => {
		const { archivist, bench, server, run } = await archived({
			recordReads: false,
			shownAs: 'seconds',
		});
		const midnight = Date.parse('2026-03-01T00:00:00Z');
		const add = (id: string, created_at: string, at: number) =>
			bench.simulated.add(`{"id":"activity_${id}","created_at":"${created_at}"}`, {
				at: Math.round(at * 1000),
			});
		add('up', '2026-03-01T00:00:00Z', midnight - 400);
		add('just_up', '2026-03-01T00:00:00Z', midnight - 0.001);
		add('just_down', '2026-02-28T23:59:59Z', midnight + 0.001);
		add('down', '2026-03-01T00:00:00Z', midnight + 900);
		await run();
		for (const interval of [
			'2026-02-27..2026-03-01',
			'2026-02-28..2026-02-28',
			'2026-03-01..2026-03-01',
		]) {
			expect((await compare(archivist, server, interval)).findings).toEqual([]);
		}
	});

	test('agree on records that cannot be read, and differ where the archive lacks one', async () => {
		const { archivist, bench, server, run } = await archived({ recordReads: false });
		const odd = Object.values(oddRecords('2026-02-27T23:59:59.999Z'));
		const at = Date.parse('2026-02-27T23:59:59.999Z') * 1000;
		for (const json of odd) bench.simulated.add(json, { at });
		await run();
		expect((await compare(archivist, server)).findings).toEqual([]);
		bench.simulated.add('{"late":true}', { at });
		const { findings, read } = await compare(archivist, server);
		expect(findings).toEqual([
			{
				path: 'unreadable.ndjson',
				line: undefined,
				problem: 'The archive lacks an unreadable record of the feed.',
				id: new Unreadable('{"late":true}', undefined).id,
			},
		]);
		expect(read).toBe(30);
		// A record within the overlap need not be in the archive yet.
		bench.simulated.add('{"new":true}', { at: (PRESENT - 5 * MINUTE + 2 * SECOND) * 1000 });
		expect((await compare(archivist, server)).findings).toEqual(findings);
	});

	test('are compared only where they were asked to be', async () => {
		const { archivist, bench, server, run } = await archived({ recordReads: false });
		await run();
		bench.happened(2 * DAY);
		const on = async (interval: string) =>
			(await compare(archivist, server, interval)).findings.length;
		expect(await on('2026-02-27..2026-02-27')).toBe(1);
		expect(await on('2026-02-28..2026-03-01')).toBe(0);
		expect(await on('2026-02-27T12:00:00Z..2026-02-27T12:00:00Z')).toBe(1);
		expect(await on('2026-02-27T11:00:00Z..2026-02-27T11:59:59.999Z')).toBe(0);
		expect(await on('2026-02-27T12:00:00.001Z..2026-02-28')).toBe(0);
	});

	test.each<Fault>([{ status: 500, headers: { 'x-should-retry': 'false' } }, { reset: true }])(
		'cannot be compared while the feed cannot be read, and no later run does it: %j',
		async (fault) => {
			const { archivist, bench, server, run } = await archived({ recordReads: false });
			await run();
			bench.simulated.fail(fault, { times: Infinity });
			const error = await compare(archivist, server).catch((failure: unknown) => failure);
			expect(error).toMatchObject({ code: 'unavailable' });
			expect((error as Error).message).not.toMatch(/next (run|poll)|same place|is lost/);
		},
	);

	test('cannot be compared outside of what the archive covers, nor at another address', async () => {
		const { archivist, server, run } = await archived({ recordReads: false });
		await run();
		await expect(compare(archivist, server, '2027-01-01..2027-01-02')).rejects.toThrow(
			'covers nothing of that interval',
		);
		const elsewhere = { ...server, url: server.url.replace('127.0.0.1', 'localhost') };
		await expect(compare(archivist, elsewhere)).rejects.toThrow('another address');
	});
});

test.each(['', '2026-03-01', '2026-03-01..x', '2026-02-30..2026-13-01', '1..2..3'])(
	'%j is no interval',
	(text) => {
		expect(() => parseInterval(text)).toThrow('The interval cannot be read');
	},
);

test.each(['2026-03-02..2026-03-01', '2026-03-01T08:00:01Z..2026-03-01T08:00:00Z'])(
	'%j ends before it begins',
	(text) => {
		expect(() => parseInterval(text)).toThrow(`The interval ends before it begins: ${text}.`);
	},
);
