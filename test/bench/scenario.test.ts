import { describe, expect, test } from '@jest/globals';
import { play, type Scale, type Strategy, type World } from '../../bench/scenario/scenario';
import { core, dailyWindows, newestFirst } from '../../bench/scenario/strategies';

const SCALE: Scale = { history: 200, usual: 60, burst: 1_000, cap: 400, pageSize: 100 };

const NOTHING = { none: 0, burst: 0, tie: 0, late: 0, 'very late': 0 };

/** Looks at everything in the feed, and stores what `choose` returns. */
function omniscient(choose: (ids: string[]) => string[]) {
	return ({ feed, clock }: World): Strategy => ({
		name: 'omniscient',
		run: async () => {
			for (let request = 0; request < 4; request++) {
				feed.answer({ url: '/', headers: {} });
			}
		},
		stored: () =>
			choose(
				feed
					.rows()
					.filter(({ visibleAt }) => visibleAt <= clock.now())
					.map(({ id }) => id),
			),
	});
}

describe('the count of lost and repeated rows', () => {
	test('is zero for a strategy that stores everything once', async () => {
		const result = await play(
			omniscient((ids) => ids),
			SCALE,
		);
		expect(result).toMatchObject({ lost: NOTHING, repeated: 0 });
		expect(result.rows).toBeGreaterThan(SCALE.history + SCALE.burst + SCALE.usual);
	});

	test('contains all rows for a strategy that stores nothing, by what made them hard to get', async () => {
		const { lost, rows } = await play(
			omniscient(() => []),
			SCALE,
		);
		expect(Object.values(lost).reduce((sum, count) => sum + count)).toBe(rows);
		expect(lost.burst).toBe(SCALE.burst);
		for (const count of Object.values(lost)) expect(count).toBeGreaterThan(0);
	});

	test('contains each repeat', async () => {
		const { repeated } = await play(
			omniscient((ids) => [...ids, ...ids.slice(0, 3), ...ids.slice(0, 2)]),
			SCALE,
		);
		expect(repeated).toBe(5);
	});

	test('fails for a strategy that never reaches the point where it must die', async () => {
		const idle = (): Strategy => ({ name: 'idle', run: async () => undefined, stored: () => [] });
		await expect(play(idle, SCALE)).rejects.toThrow('did not get to');
	});
});

test('the core loses nothing, and repeats nothing that it has stored', async () => {
	expect(await play(core, SCALE)).toMatchObject({ lost: NOTHING, repeated: 0 });
});

test('newest first loses rows beyond its cap, and late rows', async () => {
	const { lost, repeated } = await play(newestFirst, SCALE);
	expect(lost.burst).toBeGreaterThan(0);
	expect(lost.tie).toBeGreaterThan(0);
	expect(lost.late).toBeGreaterThan(0);
	expect(repeated).toBeGreaterThan(0);
});

test('daily windows get the burst, but not the late rows', async () => {
	const { lost, repeated } = await play(dailyWindows, SCALE);
	expect(lost).toMatchObject({ none: 0, burst: 0 });
	expect(lost.late).toBeGreaterThan(0);
	expect(repeated).toBeGreaterThan(0);
});

test('each run of the scenario has the same result', async () => {
	expect(await play(newestFirst, SCALE)).toEqual(await play(newestFirst, SCALE));
});
