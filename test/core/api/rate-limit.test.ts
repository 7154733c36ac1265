import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toInstant } from '../../../core';
import { type AnswerToLimit, RateLimit } from '../../../core/api/rate-limit';
import { MINUTE, PRESENT, SECOND } from '../harness';

/** The headers of an answer when so many of 600 requests are left, half a minute before the reset. */
function left(remaining: number): Record<string, string> {
	return {
		'anthropic-ratelimit-requests-limit': '600',
		'anthropic-ratelimit-requests-remaining': String(remaining),
		'anthropic-ratelimit-requests-reset': new Date(PRESENT + MINUTE / 2).toISOString(),
	};
}

/** A limit in simulated time. A test decides when each request ends. */
class Scene {
	now = PRESENT;
	readonly pauses: number[] = [];
	readonly limit = new RateLimit(0.8, {
		now: () => this.now,
		sleep: async (ms) => {
			this.pauses.push(ms);
			this.now += ms;
		},
		log: { info: () => undefined, warning: () => undefined },
	});

	/** Begins a request. The function that it returns ends the request, with an answer or without. */
	async begin(): Promise<(answer?: Partial<AnswerToLimit>) => Promise<void>> {
		let end: ((answer: AnswerToLimit | undefined) => void) | undefined;
		const sent = new Promise<AnswerToLimit | undefined>((resolve) => (end = resolve));
		let begins: (() => void) | undefined;
		const begun = new Promise<void>((resolve) => (begins = resolve));
		const ended = this.limit.run(async () => {
			begins?.();
			return { result: undefined, answer: await sent };
		});
		await begun;
		return async (answer) => {
			end?.(answer && { headers: {}, date: toInstant(PRESENT), at: this.now, ...answer });
			await ended;
		};
	}

	/** How long a request waits if it is made now and answered at once. */
	async pauseOfOne(answer?: Partial<AnswerToLimit>): Promise<number> {
		const before = this.pauses.length;
		await (
			await this.begin()
		)(answer);
		return this.pauses.slice(before).reduce((sum, ms) => sum + ms, 0);
	}
}

describe('with several requests under way', () => {
	test('a pause that the API asks for is not ended by good answers to earlier requests', async () => {
		const scene = new Scene();
		const [endGood, endRefused] = [await scene.begin(), await scene.begin()];
		await endRefused({ refusedFor: 20 * SECOND });
		scene.now += SECOND;
		await endGood({ headers: left(500), took: SECOND });
		expect(scene.limit.concurrency).toBe(1);
		expect(await scene.pauseOfOne()).toBe(19 * SECOND);
	});

	test('an answer that a later one has overtaken is ignored', async () => {
		for (const isOvertaken of [false, true]) {
			const scene = new Scene();
			const [endSlow, endQuick] = [await scene.begin(), await scene.begin()];
			await endQuick({ headers: left(100) });
			if (isOvertaken) await endSlow({ headers: left(420) });
			expect(await scene.pauseOfOne()).toBe(MINUTE / 2);
		}
	});

	test('odd headers delay a request by a minute at most', async () => {
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
		await fc.assert(
			fc.asyncProperty(odd, odd, reset, fc.boolean(), async (limit, remaining, at, dated) => {
				const scene = new Scene();
				const headers = {
					[`${prefix}limit`]: limit,
					[`${prefix}remaining`]: remaining,
					[`${prefix}reset`]: at,
				};
				await scene.pauseOfOne({ headers, ...(!dated && { date: undefined }) });
				const pause = await scene.pauseOfOne({ headers: left(600) });
				expect(pause).toBeGreaterThanOrEqual(0);
				expect(pause).toBeLessThanOrEqual(MINUTE);
				const plain = /^\d+$/.test(limit) && /^\d+$/.test(remaining);
				if (!plain) expect(pause).toBe(0);
				expect(await scene.pauseOfOne()).toBe(0);
			}),
			{ numRuns: 3000 },
		);
	});

	test('requests under way count as used', async () => {
		const scene = new Scene();
		const ends = [];
		for (let request = 0; request < 11; request++) ends.push(await scene.begin());
		await ends.at(-1)?.({ headers: left(130) });
		expect(await scene.pauseOfOne()).toBe(MINUTE / 2);
	});

	test('requests begin in the order of the calls, and after a refusal one at a time', async () => {
		const scene = new Scene();
		await scene.pauseOfOne({ refusedFor: 0 });
		const begun: number[] = [];
		const ends: (() => void)[] = [];
		const requests = [1, 2, 3].map(
			async (number) =>
				await scene.limit.run(async () => {
					begun.push(number);
					await new Promise<void>((resolve) => ends.push(resolve));
					return { result: number, answer: undefined };
				}),
		);
		const settle = async () => {
			for (let turn = 0; turn < 20; turn++) await Promise.resolve();
		};
		for (const number of [1, 2, 3]) {
			await settle();
			expect(begun).toEqual([1, 2, 3].slice(0, number));
			ends[number - 1]?.();
		}
		expect(await Promise.all(requests)).toEqual([1, 2, 3]);
	});
});

describe('a request that nobody waits for any longer', () => {
	test.each([
		['there is no room before its time is up', { until: PRESENT + SECOND }, 'rate-limited'],
		['its signal is aborted', { signal: AbortSignal.abort(new Error('Nobody waits.')) }, undefined],
	])('is not made when %s, and does not delay others', async (_, limits, code) => {
		const scene = new Scene();
		await scene.pauseOfOne({ headers: left(1) });
		const send = async () => Promise.reject(new Error('It was made.'));
		const failure = await scene.limit.run(send, limits).catch((error: unknown) => error);
		expect((failure as Error).message).not.toBe('It was made.');
		expect((failure as { code?: string }).code).toBe(code);
		expect(await scene.pauseOfOne()).toBe(MINUTE / 2);
	});
});
