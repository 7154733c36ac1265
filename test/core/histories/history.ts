import { type Kind, KINDS, likelihoodOf } from './kinds';
import { Random } from './random';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When the first run begins, in milliseconds since the epoch. */
const PRESENT = Date.UTC(2026, 2, 1, 12);

/** How much older than requested, or out of order, a time may be shown altogether. */
const MAX_DISORDER = 2 * SECOND;
/** The core need not notice a Date that is ahead by less than this. */
export const UNNOTICED_AHEAD = MINUTE;
/** Some rows have the time at which their second starts, and waits end up to a millisecond late. */
const ROUNDING = SECOND + 10;

/** The precision to which times are cut. The feed has microseconds. */
export type Precision = 'seconds' | 'millis' | 'micros';

export interface Death {
	/** Which batch of the run it happens at, counted from 0. */
	readonly batch: number;
	/** Whether the batch is stored before that. */
	readonly stored: boolean;
	/** Whether the whole process ends, or only the loop over the batches. */
	readonly sudden: boolean;
}

/** One run of `sync`. Times are in milliseconds. */
export interface Run {
	/** The time since the previous run. */
	readonly pause: number;
	/** Whether the pause ends just before a row leaves the overlap. */
	readonly aims: boolean;
	readonly pageSize: number;
	readonly maxActivities: number | undefined;
	readonly death: Death | undefined;
	/** How many requests are answered before its process ends, at any point. */
	readonly requests: number;
	/** How much may be read ahead, in bytes. */
	readonly readAhead: number | undefined;
	/** How much time it has. */
	readonly time: number | undefined;
}

/** How a sink stores what it gets. */
export interface Keeping {
	/** Whether the checkpoint is stored with each batch, or once at the end of a run. */
	readonly atomic: boolean;
	/** Whether the end of a failed run counts, too. */
	readonly afterFailure: boolean;
}

/** Whether `sync` gets the start in each run, only in the first run, or never; then it is 90 days back. */
export type StartGiven = 'always' | 'first' | 'never';

/** The size of a history. Most are short, because many short ones find more than a few long ones. */
interface Size {
	readonly runs: number;
	readonly backlog: number;
	/** The most requests of a run before the last ones. Oddities may make a run with small pages endless. */
	readonly requests: number;
}

const SHORT: Size = { runs: 5, backlog: 30, requests: 50 };
const LONG: Size = { runs: 8, backlog: 60, requests: 150 };
/** The probability that a history is long. */
const SOME_LONG = 0.15;

/** The part of a history that is drawn before it is played. The rest is drawn as it is played. */
export interface History {
	readonly seed: number;
	readonly kinds: ReadonlySet<Kind>;
	readonly present: number;
	readonly overlap: number;
	/** Where the first run starts, in milliseconds since the epoch. */
	readonly start: number;
	readonly startGiven: StartGiven;
	readonly keeping: Keeping;
	/** Whether one feed serves all runs, or each has its own. */
	readonly longLived: boolean;
	/** Whether the client's clocks are right. */
	readonly clocksRight: boolean;
	readonly shown: Precision;
	/** How late after the oldest of its times a row may appear. */
	readonly maxLag: number;
	/** How far behind other rows with its time a row may appear. */
	readonly maxDisorder: number;
	/** How much older a row may be shown than it is. */
	readonly maxOlder: number;
	/** How far apart the nodes' clocks are, as differences from the model's time. */
	readonly nodes: readonly [lowest: number, highest: number];
	/** The rows before the first run: how many, over which time, and the age of the newest. */
	readonly backlog: { readonly count: number; readonly interval: number; readonly age: number };
	readonly types: { readonly only: readonly string[]; readonly except: readonly string[] };
	/** Pages with more rows do not arrive; this happens instead. */
	readonly heavy: { readonly rows: number; readonly end: 'silence' | 504 | 413 };
	/** The probability that a request meets an oddity that passes. */
	readonly oddness: number;
	readonly runs: readonly Run[];
	/** The page size of the last runs. */
	readonly lastPageSize: number;
}

/** Which kinds a history may have. */
export interface KindChoice {
	/** It has exactly these. */
	readonly only?: readonly Kind[];
	/** It has none of these. */
	readonly without?: readonly Kind[];
}

export const CHAT_CREATED = 'claude_chat_created';
export const SIGNED_IN = 'sso_login_succeeded';
export const API_ACCESSED = 'compliance_api_accessed';
export const TYPES = [CHAT_CREATED, SIGNED_IN, API_ACCESSED];

export function drawHistory(seed: number, choice: KindChoice): History {
	const random = new Random(seed, 1);
	const kinds = drawKinds(random, choice);
	const size = random.chance(SOME_LONG) ? LONG : SHORT;
	const has = (kind: Kind) => kinds.has(kind);

	const present =
		PRESENT + random.whole(0, DAY) + (has('fractional-clocks') ? random.fraction() : 0);
	const overlap = has('long-overlap')
		? random.pick([HOUR, 6 * HOUR, DAY, random.whole(2, 24 * 60) * MINUTE])
		: random.pick([2, 3, 5, 5, 5, 10, 15]) * MINUTE;
	const nodesFrom = has('node-clocks') ? -random.whole(0, 3) * SECOND : 0;
	const nodes = has('node-clocks')
		? ([nodesFrom, nodesFrom + 3 * SECOND] as const)
		: ([0, 0] as const);

	const shown = has('coarse-seconds') ? 'seconds' : has('coarse-millis') ? 'millis' : 'micros';
	// Cut times look older than they are, too.
	const cut = (has('bounds-cut') ? SECOND : 0) + (shown === 'seconds' ? SECOND : 0);
	const spare = (MAX_DISORDER - cut) / (has('disorder') ? 2 : 1);
	const maxOlder = has('older') ? spare : 0;
	const maxDisorder = has('disorder') ? MAX_DISORDER - maxOlder : 0;

	const clocksMayErr =
		(has('node-clocks') ? 3 * SECOND : 0) + (has('date-ahead') ? UNNOTICED_AHEAD : 0);
	const readsOlder = ROUNDING + maxOlder + (shown === 'seconds' || has('rows-cut') ? SECOND : 0);

	return {
		seed,
		kinds,
		present,
		overlap,
		...drawStart(random, kinds, present),
		keeping: { atomic: random.chance(0.5), afterFailure: random.chance(0.5) },
		longLived: random.chance(0.5),
		clocksRight: !has('skewed-clocks') || random.chance(has('date-ahead') ? 0.5 : 0.1),
		shown,
		maxLag: overlap - clocksMayErr - readsOlder,
		maxDisorder,
		maxOlder,
		nodes,
		backlog: {
			count: has('read-ahead') ? random.pick([30, 60, 100, 200]) : random.whole(0, size.backlog),
			interval: random.pick([MINUTE, 10 * MINUTE, HOUR, 12 * HOUR, 3 * DAY]),
			age: random.pick([MINUTE, overlap + 3 * MINUTE]),
		},
		types: drawTypes(random, kinds),
		heavy: has('heavy-pages')
			? {
					// With much reading ahead, smaller pages hold fewer activities than their requests leave.
					rows: has('read-ahead') ? random.whole(20, 30) : random.whole(4, 10),
					end: random.pick(['silence', 504, 413]),
				}
			: { rows: Infinity, end: 504 },
		oddness: random.pick([0.03, 0.1, 0.25, 0.5]),
		runs: Array.from({ length: random.whole(1, size.runs) }, () => drawRun(random, kinds, size)),
		lastPageSize: random.whole(12, 50),
	};
}

/** Many kinds with their probabilities, or a few kinds without the others. */
function drawKinds(random: Random, { only, without = [] }: KindChoice): ReadonlySet<Kind> {
	const many = KINDS.filter((kind) => random.chance(likelihoodOf(kind)));
	const few = Array.from({ length: random.whole(2, 5) }, () => random.pick(KINDS));
	const drawn = random.chance(0.5) ? many : few;
	return new Set((only ?? drawn).filter((kind) => !without.includes(kind)));
}

function drawStart(
	random: Random,
	kinds: ReadonlySet<Kind>,
	present: number,
): Pick<History, 'start' | 'startGiven'> {
	const start =
		Math.floor(present - random.pick([0, MINUTE, HOUR, 6 * HOUR, 10 * DAY])) +
		(kinds.has('fractional-start') ? random.fraction() : 0);
	// A start with a fraction is the server's present, as a client has once determined it.
	if (kinds.has('fractional-start')) return { start, startGiven: 'first' };
	const startGiven = random.pick<StartGiven>(['always', 'first', 'never']);
	return startGiven === 'never' ? { start: present - 80 * DAY, startGiven } : { start, startGiven };
}

function drawTypes(random: Random, kinds: ReadonlySet<Kind>): History['types'] {
	if (!kinds.has('filters')) return { only: [], except: [] };
	return random.pick([
		{ only: [], except: [API_ACCESSED] },
		{ only: [CHAT_CREATED], except: [] },
		{ only: [API_ACCESSED, SIGNED_IN], except: [] },
	]);
}

function drawRun(random: Random, kinds: ReadonlySet<Kind>, size: Size): Run {
	const has = (kind: Kind, chance: number) => random.chance(chance) && kinds.has(kind);
	const readAhead = has('read-ahead', 0.8) ? random.pick([2_000, 20_000, Infinity]) : undefined;
	return {
		aims: random.chance(0.3),
		pause: random.pick([
			0,
			random.whole(0, 10_000),
			random.whole(0, 12 * MINUTE),
			random.whole(0, 5 * HOUR),
		]),
		// Each request leaves a row, and reading ahead makes many requests that return none.
		pageSize:
			readAhead === undefined
				? random.pick([random.whole(2, 4), random.whole(5, 10), random.whole(10, 50)])
				: random.whole(10, 50),
		maxActivities: has('caps', 0.5) ? random.whole(1, 12) : undefined,
		death: has('deaths', 0.5)
			? { batch: random.whole(0, 4), stored: random.chance(0.5), sudden: random.chance(0.5) }
			: undefined,
		requests: has('deaths', 0.2) ? random.whole(1, 12) : size.requests,
		readAhead,
		time: has('short-time', 0.6)
			? random.pick([0, random.whole(0, 10_000), random.whole(0, 90_000)])
			: undefined,
	};
}
