import { describe, expect, test } from '@jest/globals';
import { RowShelf } from '../../bench/api/row-shelf';
import { ThroughputFeed } from '../../bench/api/throughput-feed';
import { ActivityFeed } from '../simulators/activity-feed/activity-feed';
import { SimulatedClock } from '../simulators/activity-feed/clock';
import type { ActivityPage } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';

const DAY = 24 * 60 * 60_000;
const TO = Date.parse('2026-03-01T12:00:00Z');
const FROM = TO - 30 * DAY;
const COUNT = 5_000;

// Small segments, so that pages span several.
const shelf = new RowShelf({ count: COUNT, from: FROM, to: TO, segmentBytes: 2 ** 18 });
const clock = new SimulatedClock(TO + DAY);
const feed = new ThroughputFeed(shelf, { clock, requestsPerMinute: Infinity });

interface Asked {
	order?: 'asc' | 'desc';
	limit?: number;
	[bound: `created_at.${string}`]: string;
}

function ask(parameters: Asked & { after_id?: string }, of = feed) {
	const search = new URLSearchParams(parameters as Record<string, string>);
	const answer = of.answer(`/v1/compliance/activities?${search.toString()}`, ACCESS_KEY);
	const text = Buffer.concat(answer.body).toString();
	expect(Buffer.byteLength(text)).toBe(answer.length);
	return { ...answer, text, page: JSON.parse(text) as ActivityPage };
}

function walk(parameters: Asked): Record<string, unknown>[] {
	const rows: Record<string, unknown>[] = [];
	for (let after = {}; ;) {
		const { page } = ask({ ...parameters, ...after });
		rows.push(...page.data);
		if (!page.has_more) return rows;
		expect(page.data).not.toHaveLength(0);
		after = { after_id: page.last_id };
	}
}

const idsOf = (rows: Record<string, unknown>[]) => rows.map(({ id }) => id as string);
const whole = walk({ order: 'asc', limit: 5000 });

test('the rows are all different, in order, and within the period', () => {
	expect(new Set(idsOf(whole)).size).toBe(COUNT);
	const places = whole.map(({ id, created_at }) => {
		const instant = Date.parse(created_at as string);
		expect(instant).toBeGreaterThanOrEqual(FROM);
		expect(instant).toBeLessThanOrEqual(TO);
		return [instant, id] as const;
	});
	// Within a millisecond, microseconds decide, but Date ignores them.
	for (const [index, [instant]] of places.entries()) {
		expect(instant).toBeGreaterThanOrEqual(places[index - 1]?.[0] ?? 0);
	}
	expect(new Set(places.map(([instant]) => instant)).size).toBeLessThan(COUNT);
});

test('the activities are spread as unevenly as those of a company', () => {
	const days = new Map<number, number>();
	for (const { created_at } of whole) {
		const day = Math.floor(Date.parse(created_at as string) / DAY);
		days.set(day, (days.get(day) ?? 0) + 1);
	}
	const busy = [...days.values()].sort((a, b) => a - b);
	expect(busy.at(-1)).toBeGreaterThan(10 * (busy[3] ?? 0));
});

describe('pages add up to the whole', () => {
	test.each([1, 7, 1000, 4999])('of %d rows, oldest first', (limit) => {
		if (limit === 1) {
			const end = whole[50]?.created_at as string;
			const rows = walk({ order: 'asc', limit, 'created_at.lt': end });
			expect(idsOf(rows)).toEqual(idsOf(whole).slice(0, rows.length));
		} else expect(idsOf(walk({ order: 'asc', limit }))).toEqual(idsOf(whole));
	});

	test.each([333, 5000])('of %d rows, newest first', (limit) => {
		expect(idsOf(walk({ order: 'desc', limit }))).toEqual(idsOf(whole).reverse());
	});

	test.each(['asc', 'desc'] as const)('of ranges that share their bounds, %s', (order) => {
		const bounds = [10, 2000, 2001, 4321].map((index) => whole[index]?.created_at as string);
		const ranges = [
			{ 'created_at.lte': bounds[0] },
			...bounds.slice(1).map((bound, index) => ({
				'created_at.gt': bounds[index],
				'created_at.lte': bound,
			})),
			{ 'created_at.gt': bounds.at(-1) },
		] as Asked[];
		const rows = ranges.flatMap((range) => {
			const found = walk({ order, limit: 100, ...range });
			return order === 'asc' ? found : found.reverse();
		});
		expect(idsOf(rows)).toEqual(idsOf(whole));
		const complement = [
			...walk({ order: 'asc', 'created_at.lt': bounds[1]! }),
			...walk({ order: 'asc', 'created_at.gte': bounds[1]! }),
		];
		expect(idsOf(complement)).toEqual(idsOf(whole));
	});
});

test('the feed answers like the simulator that all other tests use', () => {
	const simulated = new ActivityFeed({ clock, recordReads: false, requestsPerMinute: Infinity });
	for (const row of whole.slice(0, 300)) simulated.add(JSON.stringify(row));
	const bound = whole[299]?.created_at as string;
	const parameters = { limit: 40, 'created_at.lte': bound };
	for (const order of ['asc', 'desc'] as const) {
		for (let cursor: { after_id?: string } = {}; ;) {
			const { page } = ask({ ...parameters, order, ...cursor });
			const search = new URLSearchParams({ limit: '40', 'created_at.lte': bound, order });
			if (cursor.after_id) search.set('after_id', cursor.after_id);
			const other = simulated.answer({
				url: `/v1/compliance/activities?${search.toString()}`,
				headers: { 'x-api-key': ACCESS_KEY },
			});
			expect(page).toEqual(JSON.parse(other.body.toString()));
			if (!page.has_more) break;
			cursor = { after_id: page.last_id! };
		}
	}
});

test('the feed observes the rate limit, and says when to try again', () => {
	const limited = new ThroughputFeed(shelf, { clock, requestsPerMinute: 2 });
	expect(ask({ limit: 1 }, limited).headers).toMatchObject({
		'anthropic-ratelimit-requests-limit': '2',
		'anthropic-ratelimit-requests-remaining': '1',
	});
	ask({ limit: 1 }, limited);
	const { status, headers } = ask({ limit: 1 }, limited);
	expect({ status, wait: headers['retry-after'] }).toEqual({ status: 429, wait: '60' });
	clock.advance(60_000);
	expect(ask({ limit: 1 }, limited).status).toBe(200);
});
