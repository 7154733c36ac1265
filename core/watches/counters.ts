import { fingerprint } from '../fingerprint';
import { isObject } from '../json/json-value';
import {
	count,
	type Counter,
	inHex,
	MAX_ALERTED,
	type Rule,
	type Seen,
	TIME_DIGITS,
} from './counter';
import { MAX_COUNT } from './watch';

const VERSION = 1;
/** Only watches with a threshold or an earlier activity have counters. */
export const MAX_COUNTING_WATCHES = 50;
/**
 * The most that is remembered of one watch: each counter, each time of an alert and each entry is one.
 * One key of the largest threshold has room: within two windows, each has one activity too few for an
 * alert, or twice each of too few different values.
 */
export const MAX_REMEMBERED = 2 * MAX_COUNT + MAX_ALERTED;
/** In characters of JSON: no stored form of the counters of one watch is longer. */
export const MAX_WATCH_LENGTH = 52_000;

/** Counters in their stored form: plain JSON, at most `MAX_WATCH_LENGTH` for each watch that counts. */
export interface StoredCounters {
	readonly version: typeof VERSION;
	/** By the fingerprint of the watch, the counters, the one that counted last at the end. */
	readonly watches: Readonly<Record<string, readonly string[]>>;
}

/** The counters of a watch, by a hash of the key; the one that counted last is the last one. */
type OfWatch = ReadonlyMap<string, Counter>;

/**
 * What the watches with thresholds remember between batches. It never changes: counting makes another
 * one, so whoever cannot save the next one continues with this one, and gets the same alerts again.
 */
export class Counters {
	/** Nothing is remembered. */
	static readonly NONE = new Counters(new Map());

	private constructor(private readonly watches: ReadonlyMap<string, OfWatch>) {}

	/**
	 * Begins to count.
	 *
	 * @param watches the fingerprints of all watches that count; what others have counted is dropped
	 */
	count(watches: ReadonlySet<string>): Counting {
		const kept = [...this.watches].filter(([watch]) => watches.has(watch));
		return new Counting(new Map(kept), (next) => new Counters(next));
	}

	get isEmpty(): boolean {
		return this.watches.size === 0;
	}

	/** The stored form; `decode` returns the same counters. */
	encode(): StoredCounters {
		const lines = [...this.watches].map(([watch, counters]): [string, string[]] => [
			watch,
			[...counters].map(lineOf),
		]);
		return { version: VERSION, watches: Object.fromEntries(lines) };
	}

	/**
	 * Reads the stored form. It is untrusted input.
	 *
	 * @returns `undefined` if it does not exactly have that form, or has that of a later version
	 */
	static decode(stored: unknown): Counters | undefined {
		if (!isObject(stored) || stored.version !== VERSION || !isObject(stored.watches))
			return undefined;
		const entries = Object.entries(stored.watches);
		if (entries.length > MAX_COUNTING_WATCHES) return undefined;
		const watches = new Map<string, OfWatch>();
		for (const [watch, lines] of entries) {
			const counters = /^[0-9a-f]{16}$/.test(watch) ? countersIn(lines) : undefined;
			if (!counters) return undefined;
			watches.set(watch, counters);
		}
		return new Counters(watches);
	}
}

/** Counters while they count. */
export class Counting {
	/** Copies of the watches that have counted. */
	readonly #changed = new Map<string, { counters: Map<string, Counter>; remembered: number }>();

	/** @param make makes the counters that result */
	constructor(
		private readonly watches: ReadonlyMap<string, OfWatch>,
		private readonly make: (watches: ReadonlyMap<string, OfWatch>) => Counters,
	) {}

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
			// What is that old has no part in anything that comes now.
			const isOld = each.newest < time - 3 * rule.window;
			if (!isOld && ofWatch.remembered <= MAX_REMEMBERED) break;
			counters.delete(oldest);
			ofWatch.remembered -= sizeOf(each);
		}
		return alerts;
	}

	/** The counters so far. */
	end(): Counters {
		const next = new Map(this.watches);
		for (const [watch, { counters }] of this.#changed) next.set(watch, counters);
		return this.make(next);
	}

	#changedOf(watch: string): { counters: Map<string, Counter>; remembered: number } {
		let changed = this.#changed.get(watch);
		if (!changed) {
			const counters = new Map(this.watches.get(watch));
			changed = { counters, remembered: totalOf(counters.values()) };
			this.#changed.set(watch, changed);
		}
		return changed;
	}
}

function sizeOf({ alerted, seen }: Counter): number {
	return 1 + alerted.length + seen.length;
}

function totalOf(counters: Iterable<Counter>): number {
	let total = 0;
	for (const counter of counters) total += sizeOf(counter);
	return total;
}

const KIND_DIGITS = 8;

/** A hash of a text that is counted: 32 bits are enough to distinguish the few of one key. */
export function kindOf(text: string): string {
	return fingerprint(text).slice(0, KIND_DIGITS);
}

const TIME = `[0-9a-f]{${TIME_DIGITS}}`;
const LINE = new RegExp(
	`^([0-9a-f]{16}):(${TIME}):((?:${TIME}){0,${MAX_ALERTED}}):((?:[0-9a-f]{${KIND_DIGITS}}${TIME})*)$`,
);

/** A counter as text, all in hex: the key, the newest time, the times of alerts, the entries. */
function lineOf([key, { newest, alerted, seen }]: [string, Counter]): string {
	const entries = seen.map(({ stored }) => stored).join('');
	return `${key}:${inHex(newest)}:${alerted.map(inHex).join('')}:${entries}`;
}

function countersIn(lines: unknown): OfWatch | undefined {
	if (!Array.isArray(lines) || lines.length > MAX_REMEMBERED) return undefined;
	const counters = new Map<string, Counter>();
	let remembered = 0;
	for (const line of lines as unknown[]) {
		if (typeof line !== 'string' || line.length > MAX_WATCH_LENGTH) return undefined;
		const [, key, newest = '', alerted = '', entries = ''] = LINE.exec(line) ?? [];
		if (key === undefined || counters.has(key)) return undefined;
		const counter = {
			newest: parseInt(newest, 16),
			alerted: cut(alerted, TIME_DIGITS).map((time) => parseInt(time, 16)),
			seen: cut(entries, KIND_DIGITS + TIME_DIGITS).map(seenIn),
		};
		counters.set(key, counter);
		remembered += sizeOf(counter);
		if (remembered > MAX_REMEMBERED || !isConsistent(counter)) return undefined;
	}
	return counters;
}

/** Whether counting can have made it: not empty, in order, and with nothing newer than the newest. */
function isConsistent({ newest, alerted, seen }: Counter): boolean {
	if (alerted.length === 0 && seen.length === 0) return false;
	const times = seen.map(({ time }) => time);
	const isSorted = times.every((time, index) => index === 0 || times[index - 1]! <= time);
	return isSorted && [...alerted, ...times].every((time) => time <= newest);
}

function seenIn(text: string): Seen {
	return {
		kind: text.slice(0, KIND_DIGITS),
		time: parseInt(text.slice(KIND_DIGITS), 16),
		stored: text,
	};
}

/** The text in pieces of one length. */
function cut(text: string, length: number): string[] {
	return Array.from({ length: text.length / length }, (_, index) =>
		text.slice(index * length, (index + 1) * length),
	);
}
