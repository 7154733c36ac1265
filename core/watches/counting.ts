import { fingerprint } from '../fingerprint';
import { count, type Rule } from './burst';
import type { Counter } from './counter';
import { Counters, type CountersOfWatch, KIND_DIGITS, MAX_REMEMBERED, sizeOf } from './counters';

/** Counts, on top of what is remembered. */
export class Counting {
	/** Copies of the watches that have counted. */
	readonly #changed = new Map<string, { counters: Map<string, Counter>; remembered: number }>();

	readonly #watches: ReadonlyMap<string, CountersOfWatch>;

	/**
	 * @param watches the fingerprints of all watches that count; what others have counted is dropped
	 * @param lateness how late an activity may appear, in seconds
	 */
	constructor(
		counters: Counters,
		watches: ReadonlySet<string>,
		private readonly lateness: number,
	) {
		this.#watches = new Map([...counters.watches].filter(([watch]) => watches.has(watch)));
	}

	/**
	 * Counts an activity.
	 *
	 * @param watch the fingerprint of the watch
	 * @param key a hash of what the activities that count together have in common
	 * @param kind what distinguishes what is counted, a result of `kindOf`
	 * @param time whole seconds since the epoch, from 0
	 * @returns whether the activity completes a burst
	 */
	add(watch: string, key: string, kind: string, time: number, rule: Rule): boolean {
		const ofWatch = this.#changedOf(watch);
		const { counters } = ofWatch;
		const before = counters.get(key);
		const { counter, alerts } = count(before, kind, time, rule);
		counters.delete(key);
		counters.set(key, counter);
		ofWatch.remembered += sizeOf(counter) - (before ? sizeOf(before) : 0);
		for (const [oldest, each] of counters) {
			// What is that old has no part in anything that comes now, late or not.
			const isOld = each.newest < time - 2 * rule.window - Math.max(rule.window, this.lateness);
			if (!isOld && ofWatch.remembered <= MAX_REMEMBERED) break;
			counters.delete(oldest);
			ofWatch.remembered -= sizeOf(each);
		}
		return alerts;
	}

	/** The counters so far. */
	end(): Counters {
		const next = new Map(this.#watches);
		for (const [watch, { counters }] of this.#changed) next.set(watch, counters);
		return new Counters(next);
	}

	#changedOf(watch: string): { counters: Map<string, Counter>; remembered: number } {
		let changed = this.#changed.get(watch);
		if (!changed) {
			const counters = new Map(this.#watches.get(watch));
			changed = { counters, remembered: totalOf(counters.values()) };
			this.#changed.set(watch, changed);
		}
		return changed;
	}
}

function totalOf(counters: Iterable<Counter>): number {
	let total = 0;
	for (const counter of counters) total += sizeOf(counter);
	return total;
}

/** A hash of a text that is counted: 32 bits are enough to distinguish the few of one key. */
export function kindOf(text: string): string {
	return fingerprint(text).slice(0, KIND_DIGITS);
}
