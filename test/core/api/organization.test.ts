import { describe, expect, test } from '@jest/globals';
import { type Checkpoint, parseCheckpoint } from '../../../core';
import type { SyncOptions } from '../../../core/sync/sync';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import {
	HERE,
	OTHER_KEY as OTHER,
	ROTATED_KEY,
	separate,
	THERE,
} from '../../simulators/activity-feed/two-organizations';
import { Bench, DAY, MemoryStore, MINUTE, PRESENT } from '../harness';

const HEADER = 'anthropic-organization-id';

/** A reader with a checkpoint, and keys of two organizations. Each run uses one of the keys. */
class TwoOrganizations extends Bench {
	checkpoint: Checkpoint | undefined;

	constructor() {
		super({ recordReads: false });
		separate(this.simulated);
	}

	/** Adds an activity of an organization, a minute old. */
	addTo(organization: typeof HERE, ago = MINUTE): string {
		return this.happened(ago, organization).id;
	}

	async next(key: string, options: Partial<SyncOptions> = {}) {
		this.restart(key);
		const run = await this.run({ checkpoint: this.checkpoint, ...options });
		this.checkpoint = parseCheckpoint(JSON.stringify(run.checkpoint));
		return run.ids;
	}

	async stopped(key: string, options: Partial<SyncOptions> = {}) {
		this.restart(key);
		return await this.failure({ checkpoint: this.checkpoint, ...options });
	}

	/** The next answers name these organizations; `null` none. */
	answersName(...names: (string | null)[]): void {
		for (const name of names) this.simulated.fail({ headers: { [HEADER]: name } });
	}
}

const stops = { code: 'other-organization', message: expect.stringContaining('backfill start') };

describe('a key of another organization', () => {
	test('stops the sync before the first batch, also before an empty page', async () => {
		const bench = new TwoOrganizations();
		const here = bench.addTo(HERE);
		expect(await bench.next(ACCESS_KEY)).toEqual([here]);
		expect(await bench.stopped(OTHER)).toMatchObject(stops);
		bench.clock.advance(DAY);
		bench.addTo(THERE);
		expect(await bench.stopped(OTHER)).toMatchObject(stops);
		const later = bench.addTo(HERE);
		expect(await bench.next(ACCESS_KEY)).toEqual([later]);
	});

	test('is read from another backfill start, and later syncs continue', async () => {
		const bench = new TwoOrganizations();
		bench.addTo(HERE);
		const there = bench.addTo(THERE, DAY);
		await bench.next(ACCESS_KEY);
		const begin = { backfillStart: PRESENT - 2 * DAY };
		expect(await bench.next(OTHER, begin)).toEqual([there]);
		expect(await bench.next(OTHER, begin)).toEqual([]);
		expect(await bench.stopped(ACCESS_KEY, begin)).toMatchObject(stops);
	});

	test('stops the sync at a later page if the earlier ones name no organization', async () => {
		const bench = new TwoOrganizations();
		bench.addTo(HERE);
		await bench.next(ACCESS_KEY);
		const there = [3, 2, 1].map((minutes) => bench.addTo(THERE, minutes * MINUTE));
		bench.answersName(null);
		bench.restart(OTHER);
		const ids: string[] = [];
		const reading = (async () => {
			for await (const batch of bench.sync({ checkpoint: bench.checkpoint, pageSize: 2 })) {
				ids.push(...batch.activities.map(({ id }) => id));
			}
		})();
		await expect(reading).rejects.toMatchObject(stops);
		expect(ids).toEqual(there.slice(0, 2));
	});

	test('is noticed from the first run on after an upgrade from an earlier checkpoint version', async () => {
		const bench = new TwoOrganizations();
		bench.answersName(null);
		await bench.next(ACCESS_KEY);
		expect(bench.checkpoint?.organization).toBeNull();
		await bench.next(ACCESS_KEY);
		expect(await bench.stopped(OTHER)).toMatchObject(stops);
	});
});

test('another key of the same organization continues without a warning', async () => {
	const bench = new TwoOrganizations();
	await bench.next(ACCESS_KEY);
	const id = bench.addTo(HERE);
	expect(await bench.next(ROTATED_KEY)).toEqual([id]);
	expect([...bench.infos, ...bench.warnings]).toEqual([]);
});

describe('the organization that answers name', () => {
	test('is not forgotten because of answers that name none', async () => {
		const bench = new TwoOrganizations();
		await bench.next(ACCESS_KEY);
		bench.answersName(null);
		await bench.next(ACCESS_KEY);
		expect(await bench.stopped(OTHER)).toMatchObject(stops);
	});

	test.each(['', ' ', 'a'.repeat(129), 'one, two', '<script>', '\u001b[31m'])(
		'is ignored if it does not look like an id: %j',
		async (name) => {
			const bench = new TwoOrganizations();
			bench.answersName(name);
			await bench.next(ACCESS_KEY);
			expect(bench.checkpoint?.organization).toBeNull();
		},
	);

	test('is kept only as a fingerprint, and shown nowhere', async () => {
		const bench = new TwoOrganizations();
		await bench.next(ACCESS_KEY);
		const { message } = await bench.stopped(OTHER);
		expect(JSON.stringify([bench.checkpoint, message])).not.toMatch(
			new RegExp([HERE, THERE].flatMap(Object.values).join('|')),
		);
		expect(bench.checkpoint?.organization).toMatch(/^[0-9a-f]{16}$/);
	});

	test('is ignored in answers that are not pages', async () => {
		const bench = new TwoOrganizations();
		await bench.next(ACCESS_KEY);
		const headers = { [HEADER]: THERE.organization_uuid! };
		bench.simulated.fail({ status: 503, headers }, { times: 2 });
		bench.simulated.fail({ status: 401, headers });
		expect(await bench.stopped(ACCESS_KEY)).toMatchObject({ code: 'key-invalid' });
		expect(await bench.next(ACCESS_KEY)).toEqual([]);
	});

	test('is not used any more once it has varied', async () => {
		const bench = new TwoOrganizations();
		for (const minutes of [3, 2, 1]) bench.addTo(HERE, minutes * MINUTE);
		bench.answersName(HERE.organization_uuid!, THERE.organization_uuid!);
		await bench.next(ACCESS_KEY, { pageSize: 2 });
		expect(bench.checkpoint?.organization).toBe('varies');
		for (const name of [HERE, HERE, THERE]) {
			bench.answersName(name.organization_uuid!);
			const id = bench.addTo(HERE);
			expect(await bench.next(ACCESS_KEY)).toEqual([id]);
		}
		expect(bench.checkpoint?.organization).toBe('varies');
	});

	test('does not stop the sync if the second answer names the known organization', async () => {
		const bench = new TwoOrganizations();
		await bench.next(ACCESS_KEY);
		const id = bench.addTo(HERE);
		bench.answersName(THERE.organization_uuid!);
		expect(await bench.next(ACCESS_KEY)).toEqual([id]);
		expect(bench.checkpoint?.organization).toBe('varies');
	});

	test('is also taken from answers that are read ahead', async () => {
		const bench = new TwoOrganizations();
		for (let hours = 100; hours > 0; hours--) bench.addTo(HERE, hours * 60 * MINUTE);
		bench.simulated.fail({ headers: { [HEADER]: THERE.organization_uuid! } }, { after: 4 });
		const ids = await bench.next(ACCESS_KEY, { pageSize: 5, store: new MemoryStore(1e6) });
		expect(ids).toHaveLength(100);
		expect(bench.checkpoint?.organization).toBe('varies');
	});
});
