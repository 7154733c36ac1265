import { describe, expect, test } from '@jest/globals';
import { type Batch, type Checkpoint, parseCheckpoint } from '../../../core';
import { Bench, MINUTE, SECOND } from '../harness';

const HOUR = 60 * MINUTE;
const OVERLAP = 4 * HOUR;
const PAGE_SIZE = 20;

interface Load {
	/** Activities a minute. */
	readonly rate: number;
	/** How long a request takes, in milliseconds. */
	readonly latency: number;
	/** The time of a poll in which it begins requests, in milliseconds. */
	readonly time?: number;
}

/** A feed without end, and a reader that polls it each minute with a long overlap. */
class Polls {
	readonly bench: Bench;
	readonly delivered: string[] = [];
	checkpoint: Checkpoint | undefined;
	readonly #start: number;
	#spent = 0;

	constructor(private readonly load: Load) {
		const { latency } = load;
		this.bench = new Bench({
			recordReads: false,
			requestsPerMinute: Infinity,
			latency: () => latency,
		});
		const { bench } = this;
		const to = bench.clock.now();
		this.#start = to - 2 * OVERLAP;
		this.happen(this.#start, to);
	}

	/** Adds as many activities as happen in an interval, evenly spread over it. */
	happen(from: number, to: number): void {
		const { bench, load } = this;
		const apart = MINUTE / load.rate;
		for (let at = from + apart / 2; at < to; at += apart) bench.happened(bench.clock.now() - at);
	}

	/** Reads everything, without a time limit. */
	async begin(): Promise<void> {
		await this.#read(Infinity);
		expect(this.missing).toEqual([]);
	}

	/** Lets a minute pass with new activities, and polls. */
	async poll(): Promise<Batch | undefined> {
		const { bench, load } = this;
		const spent = this.#spent;
		bench.clock.advance(Math.max(MINUTE - spent, 0));
		const to = bench.clock.now();
		this.happen(to - MINUTE, to);
		return await this.#read(bench.clock.now() + (load.time ?? 45 * SECOND));
	}

	/** Activities that happened and have not been delivered. */
	get missing(): string[] {
		const known = new Set(this.delivered);
		const now = this.bench.clock.now();
		return this.bench.simulated
			.rows()
			.filter(({ id, visibleAt }) => visibleAt <= now && !known.has(id))
			.map(({ id }) => id);
	}

	async #read(until: number): Promise<Batch | undefined> {
		const { bench } = this;
		const begun = bench.clock.now();
		let last: Batch | undefined;
		for await (const batch of bench.sync({
			checkpoint: this.checkpoint,
			overlap: OVERLAP,
			pageSize: PAGE_SIZE,
			backfillStart: this.#start,
			until,
		})) {
			this.delivered.push(...batch.activities.map(({ id }) => id));
			this.checkpoint = parseCheckpoint(JSON.stringify(batch.checkpoint));
			last = batch;
		}
		this.#spent = bench.clock.now() - begun;
		return last;
	}
}

/** 200,000 a day are 40 pages of 5000 within an overlap of a day; these are 36 of 20 within 4 hours. */
const heavy: Load = { rate: 3, latency: 2 * SECOND };

describe('an overlap that is too long to read again in one poll', () => {
	test('lets new activities through at once, and repeats nothing', async () => {
		const polls = new Polls(heavy);
		await polls.begin();
		for (let poll = 0; poll < 30; poll++) {
			await polls.poll();
			expect(polls.missing).toEqual([]);
		}
		expect(new Set(polls.delivered).size).toBe(polls.delivered.length);
	});

	test('is read again over several polls, which find late activities anywhere in it', async () => {
		const polls = new Polls(heavy);
		await polls.begin();
		for (const hours of [0.2, 1, 2, 3, 3.8]) {
			await polls.poll();
			const { id } = polls.bench.happened(hours * HOUR);
			let taken = 0;
			while (!polls.delivered.includes(id) && taken++ < 12) await polls.poll();
			// 45 s are 22 pages, of which 20 are read again.
			expect(taken).toBeLessThanOrEqual(8);
		}
		expect(new Set(polls.delivered).size).toBe(polls.delivered.length);
	});

	test('is read again from where the last poll stopped, even if a poll ends with new activities', async () => {
		const polls = new Polls({ rate: 3, latency: 2 * SECOND, time: 3 * SECOND });
		await polls.begin();
		await polls.poll();
		// One page of the frontier's interval, and one of new activities. Nothing else was read again.
		const { rereading, frontier } = polls.checkpoint ?? {};
		const behind = Date.parse(rereading ?? '') - Date.parse(frontier ?? '');
		expect(behind).toBeLessThan(60 * MINUTE);
	});

	test('moves on with the time, and the checkpoint does not grow', async () => {
		const polls = new Polls(heavy);
		await polls.begin();
		const size = () => polls.checkpoint?.seen.length ?? 0;
		const before = size();
		const frontier = polls.checkpoint?.frontier ?? '';
		for (let poll = 0; poll < 60; poll++) await polls.poll();
		const passed = Date.parse(polls.checkpoint?.frontier ?? '') - Date.parse(frontier);
		expect(passed).toBeGreaterThan(55 * MINUTE);
		expect(size()).toBeLessThan(before * 1.2);
	});

	test.each([
		['one page a poll', { rate: 2, latency: 50 * SECOND, time: 45 * SECOND }],
		['two pages a poll', { rate: 3, latency: 25 * SECOND, time: 30 * SECOND }],
		['three pages a poll', { rate: 5, latency: 10 * SECOND, time: 27 * SECOND }],
	])('delays neither new activities nor the frontier, with %s', async (_, load) => {
		const polls = new Polls(load);
		await polls.begin();
		const frontier = polls.checkpoint?.frontier ?? '';
		for (let poll = 0; poll < 40; poll++) {
			await polls.poll();
			// Two polls later, all activities are delivered except those that happened since.
			expect(polls.missing.length).toBeLessThanOrEqual(2 * load.rate);
		}
		const passed = Date.parse(polls.checkpoint?.frontier ?? '') - Date.parse(frontier);
		expect(passed).toBeGreaterThan(30 * MINUTE);
		expect(new Set(polls.delivered).size).toBe(polls.delivered.length);
	});

	test('is read in order after a pause longer than itself', async () => {
		const polls = new Polls(heavy);
		await polls.begin();
		const now = polls.bench.clock.now();
		polls.bench.clock.advance(3 * OVERLAP);
		polls.happen(now, now + 3 * OVERLAP);
		let caughtUp = false;
		let largest = 0;
		for (let poll = 0; poll < 40 && !caughtUp; poll++) {
			caughtUp = (await polls.poll())?.caughtUp ?? false;
			largest = Math.max(largest, polls.checkpoint?.seen.length ?? 0);
		}
		expect(polls.missing).toEqual([]);
		expect(new Set(polls.delivered).size).toBe(polls.delivered.length);
		// 18 characters for each id within the overlap, and little else.
		expect(largest).toBeLessThan(1.5 * 720 * 18);
	});
});
