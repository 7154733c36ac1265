import { describe, expect, test } from '@jest/globals';
import { RequestBudget } from '../../core/request-budget';
import { MINUTE, PRESENT, SECOND } from './harness';

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

	test('those that are under way count as spent', () => {
		const budget = new RequestBudget(0.8);
		const tickets = Array.from({ length: 11 }, () => budget.begin(PRESENT));
		budget.learn(left(130), tickets.at(-1)!, PRESENT, PRESENT);
		expect(budget.delay(PRESENT)).toBe(MINUTE / 2);
	});
});
