import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RequestBudget } from '../../../core/api/request-budget';
import { MINUTE, PRESENT, SECOND } from '../harness';

/** The headers of an answer when so many of 600 requests are left, half a minute before the reset. */
function left(remaining: number): Record<string, string> {
	return {
		'anthropic-ratelimit-requests-limit': '600',
		'anthropic-ratelimit-requests-remaining': String(remaining),
		'anthropic-ratelimit-requests-reset': new Date(PRESENT + MINUTE / 2).toISOString(),
	};
}

describe('with several requests under way', () => {
	test('a pause that the API asked for outlasts the good answers of requests before it', () => {
		const budget = new RequestBudget(0.8);
		const good = budget.begin(PRESENT);
		budget.begin(PRESENT);
		budget.refused(PRESENT, 20 * SECOND);
		budget.learn(left(500), good, PRESENT, PRESENT + SECOND);
		budget.answered(SECOND, good);
		expect(budget.delay(PRESENT + SECOND)).toBe(19 * SECOND);
		expect(budget.concurrency).toBe(1);
	});

	test('an answer that was overtaken by a later one is no news', () => {
		const budget = new RequestBudget(0.8);
		const [slow, quick] = [budget.begin(PRESENT), budget.begin(PRESENT)];
		budget.learn(left(100), quick, PRESENT, PRESENT);
		const pause = budget.delay(PRESENT);
		expect(pause).toBe(MINUTE / 2);
		budget.learn(left(420), slow, PRESENT, PRESENT);
		expect(budget.delay(PRESENT)).toBe(pause);
	});

	test('headers that are odd keep no request back for longer than the minute, nor for good', () => {
		const odd = fc.oneof(
			fc.constantFrom('', '-5', 'NaN', 'Infinity', '1e9', '600, 600', '0', '0x10', '600', '1'),
			fc.string(),
		);
		const reset = fc.constantFrom(
			'',
			'soon',
			'-1',
			'1970-01-01T00:00:00Z',
			'9999-12-31T23:59:59Z',
			'2026-03-01',
			new Date(PRESENT + MINUTE).toISOString(),
		);
		const prefix = 'anthropic-ratelimit-requests-';
		fc.assert(
			fc.property(odd, odd, reset, fc.boolean(), (limit, remaining, at, dated) => {
				const budget = new RequestBudget(0.8);
				const headers = {
					[`${prefix}limit`]: limit,
					[`${prefix}remaining`]: remaining,
					[`${prefix}reset`]: at,
				};
				budget.learn(headers, budget.begin(PRESENT), dated ? PRESENT : undefined, PRESENT);
				const pause = budget.delay(PRESENT);
				expect(pause).toBeGreaterThanOrEqual(0);
				expect(pause).toBeLessThanOrEqual(MINUTE);
				const plain = /^\d+$/.test(limit) && /^\d+$/.test(remaining);
				if (!plain) expect(pause).toBe(0);
				budget.learn(left(600), budget.begin(PRESENT), PRESENT, PRESENT);
				expect(budget.delay(PRESENT)).toBe(0);
			}),
			{ numRuns: 3000 },
		);
	});

	test('those that are under way count as spent', () => {
		const budget = new RequestBudget(0.8);
		const tickets = Array.from({ length: 11 }, () => budget.begin(PRESENT));
		budget.learn(left(130), tickets.at(-1)!, PRESENT, PRESENT);
		expect(budget.delay(PRESENT)).toBe(MINUTE / 2);
	});
});
