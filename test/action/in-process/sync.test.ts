import { describe, expect, it } from '@jest/globals';
import { startActivityFeed } from '../../simulators/activity-feed/server';
import {
	HERE,
	OTHER_KEY,
	ROTATED_KEY,
	separate,
	THERE,
} from '../../simulators/activity-feed/two-organizations';
import { DAY, MINUTE, PRESENT, Theatre } from '../harness';
import { runInProcess, runInProcessAt } from '../in-process';

const theatre = Theatre.open(runInProcess);

describe('run after run', () => {
	it('delivers own requests unless they are excluded, and those of others always', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		await scene.succeed();
		const foreign = scene.happened(0, {
			type: 'compliance_api_accessed',
			request_id: 'req_of_someone_else',
		});
		scene.clock.advance(MINUTE);
		const without = await scene.succeed({ 'include-own-requests': 'false' });
		expect(without.delivered).toEqual([foreign.json]);
		expect(without.summary).toContain('| Own requests | 1 left out |');

		scene.clock.advance(MINUTE);
		const withOwn = await scene.succeed();
		expect(withOwn.delivered).toEqual([scene.shown.at(-1)]);
		expect(withOwn.delivered[0]).toContain('compliance_api_accessed');
	});

	it('starts 90 days back when nothing is said', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.happened(90 * DAY + 10 * MINUTE);
		const inside = scene.happened(90 * DAY - 10 * MINUTE);
		const { delivered, log } = await scene.succeed(
			{ 'backfill-start': '' },
			{ perform: runInProcessAt(PRESENT) },
		);
		expect(delivered).toEqual([inside.json]);
		const from = Date.parse(scene.asked[0]?.get('created_at.gte') ?? '');
		expect(from).toBe(PRESENT - 90 * DAY);
		expect(log).toContain('this is the first run');
	});

	it.each(['2025-03-11T06:30', '2025-03-11T06:30Z', '2025-03-11T08:30:00+02:00'])(
		'starts at %s when that is the backfill start',
		async (start) => {
			const scene = await theatre.scene();
			await scene.succeed({ 'backfill-start': start });
			expect(scene.asked[0]?.get('created_at.gte')).toBe('2025-03-11T06:30:00.000Z');
		},
	);
});

describe('outputs', () => {
	it('name and keep the artifact as asked', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		await scene.succeed({ 'artifact-name': 'audit trail', 'artifact-retention-days': '7' });
		const [artifact] = theatre.github.artifacts.all;
		expect(artifact?.name).toBe('audit trail');
		const { createdAt, expiresAt } = artifact ?? {};
		const days = (Number(expiresAt) - Number(createdAt)) / DAY;
		expect(Math.round(days)).toBe(7);
	});
});

describe('filters', () => {
	it('go to the API as given', async () => {
		const scene = await theatre.scene();
		scene.populate(200);
		const { delivered } = await scene.succeed({
			'organization-ids': 'org_01main, 7D444840-9dc0-41d1-b245-5ffdce74fad2',
			'activity-types': 'claude_chat_viewed\nclaude_chat_created',
			'user-ids': 'user_01nobody',
		});
		expect(delivered).toEqual([]);
		const asked = scene.asked[0];
		expect(asked?.getAll('organization_ids[]')).toEqual([
			'7D444840-9dc0-41d1-b245-5ffdce74fad2',
			'org_01main',
		]);
		expect(asked?.getAll('activity_types[]')).toEqual([
			'claude_chat_created',
			'claude_chat_viewed',
		]);
		expect(asked?.getAll('user_ids[]')).toEqual(['user_01nobody']);

		const other = await theatre.scene();
		other.populate(200);
		const rest = await other.run({ 'exclude-activity-types': 'claude_chat_created' });
		expect(rest.delivered).toEqual(
			other.shown.filter((json) => !json.includes('"claude_chat_created"')),
		);
	});

	it('that change apply from where the log says that the run continues', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.happened(90 * MINUTE);
		// The filters of the first run leave it out.
		const file = scene.happened(30 * MINUTE, { type: 'claude_file_uploaded' });
		await scene.succeed({ 'activity-types': 'claude_chat_created' });

		const changed = await scene.run({ 'activity-types': 'claude_file_uploaded' });
		expect(changed.delivered).toEqual([file.json]);
		const [, from] = /everything up to (\S+) is settled/.exec(changed.log) ?? [];
		expect(changed.annotations).toMatchObject([
			{
				level: 'warning',
				message: expect.stringContaining(`the new ones apply from ${from} on.`),
			},
		]);
	});

	it('that change keep the frontier; a backfill start that changes gives it up', async () => {
		const scene = await theatre.scene({ recordReads: false });
		const chat = scene.happened(DAY);
		const file = scene.happened(DAY, { type: 'claude_file_uploaded' });
		const last = scene.happened(0);
		const first = await scene.succeed({ 'activity-types': 'claude_chat_created' });
		expect(first.delivered).toEqual([chat.json, last.json]);

		const newer = scene.happened(0, { type: 'claude_file_uploaded' });
		scene.clock.advance(10 * MINUTE);
		const changed = await scene.run({ 'activity-types': 'claude_file_uploaded' });
		expect(changed.exitCode).toBe(0);
		expect(changed.delivered).toEqual([newer.json]);
		expect(changed.annotations).toMatchObject([
			{
				level: 'warning',
				message: expect.stringContaining('The filters have changed: the new ones apply from'),
			},
		]);

		const again = await scene.succeed({
			'activity-types': 'claude_file_uploaded',
			'backfill-start': '2025-03-11T01:00:00+01:00',
		});
		expect(again.delivered).toEqual([file.json, newer.json]);
		expect(again.log).toContain(
			'The backfill start has changed: syncing again from 2025-03-11T00:00:00.000Z.',
		);
		const asked = scene.asked.at(-1);
		expect(asked?.get('created_at.gte')).toBe('2025-03-11T00:00:00.000Z');
		const after = await scene.succeed({
			'activity-types': 'claude_file_uploaded',
			'backfill-start': '2025-03-11T00:00:00Z',
		});
		expect(after.delivered).toEqual([]);
	});

	it('do not help when the key is of another organization; one of the same reads on', async () => {
		const scene = await theatre.scene({ gateway: false, recordReads: false });
		separate(scene.feed);
		scene.happened(DAY, HERE);
		const past = Array.from({ length: 40 }, () => scene.happened(DAY, THERE).json);
		await scene.succeed();
		const inputs = { 'compliance-access-key': OTHER_KEY };
		const error = await scene.fail(inputs);
		expect(error).toMatch(/^The key belongs to another organization .* set another backfill start/);

		const later = scene.happened(0, HERE).json;
		const rotated = await scene.succeed({ 'compliance-access-key': ROTATED_KEY });
		expect(rotated.delivered).toEqual([later]);
		const anew = await scene.succeed({ ...inputs, 'backfill-start': '2025-03-09' });
		expect([...anew.delivered].sort()).toEqual(past.sort());
	});

	it('do not help when the checkpoint is of another base URL', async () => {
		const scene = await theatre.scene();
		scene.happened(DAY);
		await scene.succeed();
		const other = await startActivityFeed(scene.feed);
		const asked = scene.feed.requests.length;
		try {
			const error = await scene.fail({ 'base-url': other.url });
			expect(error).toMatch(/^The checkpoint was made with another base URL/);
			expect(scene.feed.requests).toHaveLength(asked);
		} finally {
			await other.close();
		}
	});
});

describe('limits', () => {
	const quiet = { 'include-own-requests': 'false' };

	it('page-size becomes 2000 where 5000 is refused', async () => {
		const scene = await theatre.scene();
		scene.populate(20);
		scene.feed.fail({ status: 400 });
		const { delivered, log } = await scene.succeed();
		expect(delivered).toHaveLength(20);
		expect(scene.asked.map((asked) => asked.get('limit'))).toEqual(['5000', '2000']);
		expect(log).toContain('The API refuses the request with a page size of 5000: trying 2000.');
	});

	it('max-activities stops there, and the next runs go on', async () => {
		const scene = await theatre.scene();
		scene.populate(250);
		const all = scene.shown;
		const limited = { ...quiet, 'max-activities': '100', 'page-size': '40' };
		const delivered: string[] = [];
		for (const [count, caughtUp] of [
			['100', 'false'],
			['100', 'false'],
			['50', 'true'],
		] as const) {
			const run = await scene.succeed(limited);
			expect(run.outputs).toMatchObject({ count, 'caught-up': caughtUp });
			expect(run.summary.includes('A limit stopped this run')).toBe(caughtUp === 'false');
			expect(run.log.includes('A limit stopped the run')).toBe(caughtUp === 'false');
			delivered.push(...run.delivered);
		}
		expect(delivered).toEqual(all);
		expect(new Set(scene.asked.map((asked) => asked.get('limit')))).toEqual(new Set(['40']));
	});
});
