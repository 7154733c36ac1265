import { describe, expect, test } from '@jest/globals';
import { Watcher } from '../../../core';
import { Bench, type BenchOptions, MINUTE, SECOND } from '../harness';
import { watch } from '../watches/scene';

const HOUR = 60 * MINUTE;
const actor = { type: 'user_actor', user_id: 'user_1' };
const watcher = new Watcher([
	watch({
		types: ['claude_chat_created'],
		threshold: { count: 3, within: '5m', by: 'actor' },
	}),
]);

describe.each<[string, BenchOptions, (bench: Bench) => void]>([
	['a right clock', {}, () => undefined],
	['a local clock that is behind', { skew: -15 * MINUTE }, () => undefined],
	['a local clock that is ahead', { skew: 15 * MINUTE }, () => undefined],
	['a Date that is ahead', { clockAhead: 15 * MINUTE }, () => undefined],
	['a Date that is behind', { clockAhead: -15 * MINUTE }, () => undefined],
	[
		'a Date that is behind once',
		{},
		({ simulated }) =>
			simulated.fail(
				{ status: 503, headers: { date: 'Sat, 28 Feb 2026 00:00:00 GMT' } },
				{ times: 1 },
			),
	],
	[
		'a local clock that is behind, and no Date',
		{ skew: -15 * MINUTE },
		({ simulated }) => simulated.fail({ headers: { date: null } }, { times: Infinity }),
	],
])('thresholds, with %s', (_, options, prepare) => {
	function open() {
		const bench = new Bench(options);
		prepare(bench);
		const happened = (...minutesAgo: number[]) =>
			minutesAgo.map((minutes) => bench.happened(minutes * MINUTE, { actor }).id);
		let checkpoint: Awaited<ReturnType<Bench['run']>>['checkpoint'];
		/** The ids of the activities about which a run alerts. */
		const run = async () => {
			bench.restart();
			const { batches, ...rest } = await bench.run({ watcher, checkpoint });
			({ checkpoint } = rest);
			return batches.flatMap(({ alerts }) => alerts.map(({ activity }) => activity.id));
		};
		return { bench, happened, run };
	}

	test('count each activity as of its own time', async () => {
		const { happened, run } = open();
		happened(14, 7, 1);
		expect(await run()).toEqual([]);
	});

	test('find a burst, in one run and across runs', async () => {
		const { bench, happened, run } = open();
		const [, , third] = happened(20, 18, 16);
		expect(await run()).toEqual([third]);
		bench.clock.advance(HOUR);
		happened(0.1);
		expect(await run()).toEqual([]);
		bench.clock.advance(MINUTE);
		const [, sixth] = happened(0.2, 0.1);
		expect(await run()).toEqual([sixth]);
	});

	test('are not blinded by a date in the far future', async () => {
		const { bench, run, happened } = open();
		bench.happened(0, { actor, created_at: '2099-01-01T00:00:00Z' });
		await run();
		bench.clock.advance(2 * HOUR);
		const [, , third] = happened(0.3, 0.2, 0.1);
		bench.clock.advance(SECOND);
		expect(await run()).toEqual([third]);
	});
});

test('a key is remembered for as long as its activities may appear late', async () => {
	const bench = new Bench();
	const other = { actor: { type: 'user_actor', user_id: 'user_2' } };
	const overlap = HOUR;
	bench.happened(40 * MINUTE, { actor });
	bench.happened(39 * MINUTE, { actor });
	bench.happened(MINUTE, other);
	const { checkpoint } = await bench.run({ watcher, overlap });
	const late = bench.happened(38 * MINUTE, { actor });
	const { batches } = await bench.run({ watcher, overlap, checkpoint });
	const alerted = batches.flatMap(({ alerts }) => alerts.map(({ activity }) => activity.id));
	expect(alerted).toEqual([late.id]);
});
