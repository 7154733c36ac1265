import { expect, test } from '@jest/globals';
import { MINUTE, PRESENT, SECOND, time, TriggerBench } from './harness';

/** The time between two activities, in microseconds: 50 a second, each with another fraction. */
const EVERY_MICROS = 20_007;
/** As many as n8n makes in an overlap of an hour, so that rounding errors add up. */
const POLLS = 60;
const PAUSE = 3 * SECOND;
/** How late activities appear at most. */
const LAG = 2 * SECOND;

/** Adds activities from now on. Each of them appears a little late. */
function busy(bench: TriggerBench): void {
	const from = PRESENT * 1000;
	for (let i = 0; i * EVERY_MICROS < 6 * MINUTE * 1000; i++) {
		const micros = from + i * EVERY_MICROS;
		const ms = Math.floor(micros / 1000);
		const rest = String(micros - ms * 1000).padStart(3, '0');
		const created_at = `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
		bench.feed.add(
			{ type: 'claude_chat_created', created_at },
			{ visibleAt: micros / 1000 + (i % 8) * (LAG / 8) },
		);
	}
}

test.each(['default', 'durable'] as const)(
	'nothing is lost or repeated at 50 activities a second, with a clock that counts fractions: %s engine',
	async (engine) => {
		const parameters = { backfillStartTime: 'now', options: { overlap: 2 } };
		const bench = new TriggerBench({ engine, parameters });
		busy(bench);
		bench.slow(137);
		await bench.publish();
		for (let poll = 0; poll < POLLS; poll++) {
			time.pass(PAUSE);
			await bench.pollNow();
		}
		const due = bench.now - LAG - SECOND;
		const delivered = new Set(bench.ids);
		expect(delivered.size).toBeGreaterThan((POLLS * PAUSE) / (EVERY_MICROS / 1000));
		expect(bench.ids.length - delivered.size).toBe(0);
		const start = Date.parse(bench.checkpoint.start as string);
		const lost = bench.feed
			.rows()
			.filter(({ createdAt }) => createdAt >= start && createdAt <= due)
			.filter(({ id }) => !delivered.has(id));
		expect(lost).toEqual([]);
	},
);
