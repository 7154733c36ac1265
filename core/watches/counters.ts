import { isObject } from '../json/json-value';
import { type Counter, inHex, MAX_ALERTED, type Seen, TIME_DIGITS } from './counter';
import { MAX_COUNT } from './watch';

const VERSION = 1;
/** Only watches with a threshold or an earlier activity have counters. */
export const MAX_COUNTING_WATCHES = 50;
/**
 * The most that is remembered of one watch: each counter, each time of an alert and each entry is one.
 * One key of the largest threshold has room: it reaches over two windows, and each of them holds one
 * activity too few for an alert, or too few different values, twice each.
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
export type CountersOfWatch = ReadonlyMap<string, Counter>;

/**
 * What the watches with thresholds remember between batches. It never changes: counting makes another
 * one, so whoever cannot save the next one continues with this one, and gets the same alerts again.
 */
export class Counters {
	/** Nothing is remembered. */
	static readonly NONE = new Counters(new Map());

	/** @param watches the counters by the fingerprint of the watch */
	constructor(readonly watches: ReadonlyMap<string, CountersOfWatch>) {}

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
		const watches = new Map<string, CountersOfWatch>();
		for (const [watch, lines] of entries) {
			const counters = /^[0-9a-f]{16}$/.test(watch) ? countersIn(lines) : undefined;
			if (!counters) return undefined;
			watches.set(watch, counters);
		}
		return new Counters(watches);
	}
}

/** How much is remembered, as `MAX_REMEMBERED` counts it. */
export function sizeOf({ alerted, seen }: Counter): number {
	return 1 + alerted.length + seen.length;
}

/** Of the hash of what is counted. */
export const KIND_DIGITS = 8;

const TIME = `[0-9a-f]{${TIME_DIGITS}}`;
const LINE = new RegExp(
	`^([0-9a-f]{16}):(${TIME}):((?:${TIME}){0,${MAX_ALERTED}}):((?:[0-9a-f]{${KIND_DIGITS}}${TIME})*)$`,
);

/** A counter as text, all in hex: the key, the newest time, the times of alerts, the entries. */
function lineOf([key, { newest, alerted, seen }]: [string, Counter]): string {
	const entries = seen.map(({ stored }) => stored).join('');
	return `${key}:${inHex(newest)}:${alerted.map(inHex).join('')}:${entries}`;
}

function countersIn(lines: unknown): CountersOfWatch | undefined {
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
