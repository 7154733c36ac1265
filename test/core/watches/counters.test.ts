import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
	type Alert,
	Counters,
	defaultWatches,
	MAX_WATCH_LENGTH,
	type Watched,
	Watcher,
} from '../../../core';
import { MAX_DISTINCT } from '../../../core/watches/watch';
import { activity, HOUR, MINUTE, shown, user, watch } from './scene';

const WINDOW = 10 * MINUTE;
const KINDS = 12;

/** What arrives: a kind, at a second, by one of a few actors. */
interface Arrival {
	readonly kind: number;
	readonly time: number;
	readonly actor: number;
}

/** Times around a few windows, so that borders, ties and late ones are frequent. */
const timeWithin = (windows: number) =>
	fc.oneof(
		fc.integer({ min: 0, max: windows * WINDOW }),
		fc.integer({ min: 0, max: 2 * windows }).map((half) => (half * WINDOW) / 2),
	);

const arrivalsAt = (time: fc.Arbitrary<number>, actors: number, kinds = KINDS) =>
	fc.array(fc.record({ kind: fc.nat(kinds - 1), time, actor: fc.nat(actors - 1) }), {
		maxLength: 60,
	});

const arrivalsWithin = (windows: number, actors: number) => arrivalsAt(timeWithin(windows), actors);

/** The same few values again and again, close together. */
const crowdedArrivals = (kinds: number) =>
	arrivalsAt(
		fc.nat(3 * 12).map((step) => (step * WINDOW) / 12 + (step % 2)),
		1,
		kinds,
	);

/** The same arrivals, none of them more than a window behind one before it. */
function notLaterThanAWindow(arrivals: readonly Arrival[]): Arrival[] {
	let newest = 0;
	return arrivals.map((arrival) => {
		const time = Math.max(arrival.time, newest - WINDOW);
		newest = Math.max(newest, time);
		return { ...arrival, time };
	});
}

const deletions = watch({ threshold: { count: 3, within: '10m', by: 'actor' } });
const projects = watch({
	threshold: { count: 3, within: '10m', by: 'actor', distinct: 'claude_project_id' },
});

/** An id belongs to one time, as in the feed; the same arrival again is a repeat. */
function deletion({ kind, time, actor }: Arrival): Watched {
	return activity(`${kind} at ${time} by ${actor}`, 'claude_chat_deleted', time, {
		claude_project_id: `project ${kind}`,
		actor: user({ user_id: `user_${actor}` }),
	});
}

/**
 * Counts without a limit, and in the simplest way: it keeps everything, and looks at every window
 * that holds the new one.
 */
class Model {
	#seen: { readonly kind: string; readonly time: number }[] = [];
	readonly #bursts: number[] = [];
	#newest = -Infinity;

	constructor(private readonly count: number) {}

	alerts(kind: string, time: number): boolean {
		this.#newest = Math.max(this.#newest, time);
		const oldest = this.#newest - 2 * WINDOW;
		if (time < oldest || this.#bursts.some((at) => Math.abs(at - time) <= WINDOW)) return false;
		this.#seen.push({ kind, time });
		const seen = this.#seen.filter((each) => each.time >= oldest);
		for (const { time: from } of seen) {
			const to = from + WINDOW;
			const within = seen.filter((each) => each.time >= from && each.time <= to);
			const kinds = new Set(within.map((each) => each.kind));
			if (time < from || time > to || kinds.size < this.count) continue;
			this.#bursts.push(time);
			this.#seen = this.#seen.filter((each) => Math.abs(each.time - time) > WINDOW);
			return true;
		}
		return false;
	}
}

/** What the model finds, in the order of arrival. */
function expected(arrivals: readonly Arrival[], kindOf: (arrival: Arrival) => string): string[] {
	const models = new Map<number, Model>();
	return arrivals
		.filter((arrival) => {
			const model = models.get(arrival.actor) ?? new Model(3);
			models.set(arrival.actor, model);
			return model.alerts(kindOf(arrival), arrival.time);
		})
		.map((arrival) => `own ${deletion(arrival).id}`);
}

/** Delivers in batches; each attempt that fails comes again with what was saved before it. */
function deliver(
	watcher: Watcher,
	activities: readonly Watched[],
	sizes: readonly number[] = [Infinity],
	failures: readonly number[] = [],
): { alerts: Alert<Watched>[]; counters: Counters } {
	let counters = Counters.NONE;
	const alerts: Alert<Watched>[] = [];
	for (let from = 0, run = 0; from < activities.length; run++) {
		const size = sizes[run % sizes.length]!;
		const batch = activities.slice(from, from + size);
		from += size;
		for (let failure = 0; failure < (failures[run % failures.length] ?? 0); failure++) {
			watcher.watch(batch, counters);
		}
		const result = watcher.watch(batch, counters);
		alerts.push(...result.alerts);
		counters = Counters.decode(JSON.parse(JSON.stringify(result.counters.encode())))!;
	}
	return { alerts, counters };
}

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
const failures = fc.array(fc.nat(2), { minLength: 1, maxLength: 4 });

describe('a threshold', () => {
	test.each([
		['activities', deletions, (arrival: Arrival) => deletion(arrival).id],
		['different values', projects, ({ kind }: Arrival) => `project ${kind}`],
	])(
		'of %s counts as the model does, in any order, with repeats, in runs that fail and come again',
		(_, own, kindOf) =>
			fc.assert(
				fc.property(arrivalsWithin(3, 3), sizes, failures, (arrivals, ...runs) => {
					const { alerts } = deliver(new Watcher([own]), arrivals.map(deletion), ...runs);
					expect(shown(alerts)).toEqual(expected(arrivals, kindOf));
				}),
				{ numRuns: 500 },
			),
	);

	test('counts as the model does over a long time, of one actor', () =>
		fc.assert(
			fc.property(arrivalsWithin(12, 1), sizes, (arrivals, batchSizes) => {
				const watcher = new Watcher([deletions]);
				const { alerts } = deliver(watcher, arrivals.map(deletion), batchSizes);
				expect(shown(alerts)).toEqual(expected(arrivals, (each) => deletion(each).id));
			}),
			{ numRuns: 500 },
		));

	test('of few different values that come again and again counts as the model does', () =>
		fc.assert(
			fc.property(crowdedArrivals(4), sizes, (anywhere, batchSizes) => {
				const arrivals = notLaterThanAWindow(anywhere);
				const { alerts } = deliver(new Watcher([projects]), arrivals.map(deletion), batchSizes);
				expect(shown(alerts)).toEqual(expected(arrivals, ({ kind }) => `project ${kind}`));
			}),
			{ numRuns: 2000 },
		));

	test('misses no burst, and sees none where there is none, if nothing is later than the window', () =>
		fc.assert(
			fc.property(
				fc.array(fc.record({ pause: fc.nat(WINDOW), late: fc.nat(WINDOW) }), { maxLength: 30 }),
				(steps) => {
					let now = 0;
					let newest = 0;
					const arrivals = steps.map(({ pause, late }, kind): Arrival => {
						now += pause;
						const time = Math.max(now - late, newest - WINDOW, 0);
						newest = Math.max(newest, time);
						return { kind, time, actor: 0 };
					});
					const times = arrivals.map(({ time }) => time).sort((one, other) => one - other);
					const hasBurst = times.some((time, index) => (times[index + 2] ?? NaN) - time <= WINDOW);
					const { alerts } = deliver(new Watcher([deletions]), arrivals.map(deletion), [1]);
					expect(alerts.length > 0).toBe(hasBurst);
				},
			),
			{ numRuns: 500 },
		));

	test('of activities in order alerts at most once in a window, however many come', () => {
		const activities = Array.from({ length: 500 }, (_, index) =>
			deletion({ kind: index, time: index * 6, actor: 0 }),
		);
		const { alerts } = deliver(new Watcher([deletions]), activities, [7]);
		const times = alerts.map((alert) => Number(alert.activity.createdAt) / 1000);
		expect(times).toHaveLength(5);
		expect(times.slice(1).every((time, index) => time - times[index]! > WINDOW)).toBe(true);
		expect(alerts.every(({ count }) => count === 3)).toBe(true);
	});

	test.each([
		['completes a burst between two others', [0, 600, 300], ['own 2']],
		['completes a burst before all others', [300, 600, 0], ['own 2']],
		['does not, a second further away', [1, 300, 602], []],
		['counts by its second alone', [0, 0.999, 600.999], ['own 2']],
		[
			'after a burst, and within a window of its last one, belongs to it',
			[0, 1, 2, 602, 601, 600],
			['own 2'],
		],
		[
			'appears late, still belongs to a burst of long ago',
			[0, 0, 0, 1500, 400, 500, 600],
			['own 2'],
		],
		['later than that is counted anew', [0, 1, 2, 603, 604, 605], ['own 2', 'own 5']],
	])('an activity that %s', (_, times, ids) => {
		const activities = times.map((time, index) =>
			activity(String(index), 'claude_chat_deleted', time),
		);
		expect(shown(deliver(new Watcher([deletions]), activities).alerts)).toEqual(ids);
	});

	test.each<[string, [kind: number, time: number][]]>([
		[
			'before a newer one of its value',
			[
				[2, 0],
				[1, 590],
				[3, 602],
				[3, 598],
			],
		],
		[
			'behind an older one of its value',
			[
				[3, 0],
				[1, 602],
				[3, 610],
				[3, 300],
				[2, 900],
			],
		],
		[
			'with the middle one of three of another value',
			[
				[1, 0],
				[2, 90],
				[1, 350],
				[1, 700],
				[3, 610],
			],
		],
	])('finds a late activity %s', (_, arrivals) => {
		const activities = arrivals.map(([kind, time]) => deletion({ kind, time, actor: 0 }));
		expect(shown(deliver(new Watcher([projects]), activities, [1]).alerts)).toEqual([
			`own ${activities.at(-1)!.id}`,
		]);
	});

	test('does not count an activity twice, when a whole run comes again after it was saved', () => {
		const twice = [0, 1, 0, 1, 0, 1].map((time) => deletion({ kind: time, time, actor: 0 }));
		expect(deliver(new Watcher([deletions]), twice, [2]).alerts).toEqual([]);
	});

	test('counts anew after the watch was changed', () => {
		const two = [0, 1].map((time) => deletion({ kind: time, time, actor: 0 }));
		const { counters } = deliver(new Watcher([deletions]), two);
		const third = [deletion({ kind: 2, time: 2, actor: 0 })];
		const changed = watch({ threshold: { count: 3, within: '11m', by: 'actor' } });
		expect(new Watcher([deletions]).watch(third, counters).alerts).toHaveLength(1);
		const next = new Watcher([changed]).watch(third, counters);
		expect(next.alerts).toEqual([]);
		expect(new Watcher([deletions]).watch(third, next.counters).alerts).toEqual([]);
	});

	test('does not count what has no such value', () => {
		const own = watch({ threshold: { count: 2, within: '10m', by: 'claude_project_id' } });
		const activities = [0, 1, 2].map((time) =>
			activity(String(time), 'claude_chat_deleted', time, { claude_project_id: null }),
		);
		expect(deliver(new Watcher([own]), activities).alerts).toEqual([]);
	});

	test('counts the values of a list', () => {
		const own = watch({ threshold: { count: 3, within: '10m', by: 'actor', distinct: 'ids' } });
		const lists = [
			['a', 'b'],
			['b', 'a'],
			['b', 7],
		];
		const activities = lists.map((ids, time) =>
			activity(String(time), 'claude_chat_deleted', time, { ids }),
		);
		expect(shown(deliver(new Watcher([own]), activities).alerts)).toEqual(['own 2']);
	});

	test.each([
		['a user by the stable id', { type: 'user_actor', user_id: 'u', email_address: 'AAA@x' }, true],
		['a user by the address', { type: 'user_actor', email_address: 'u@example.com' }, false],
		['a key', { type: 'api_actor', api_key_id: 'apikey_1' }, false],
		['an unknown by the address', { type: 'unauthenticated_user_actor', ip_address: '::1' }, false],
	])('knows %s', (_, actor, renames) => {
		const activities = [0, 1, 2].map((time) =>
			activity(String(time), 'claude_chat_deleted', time, {
				actor: { ...actor, ...(renames && { email_address: `${time}@example.com` }) },
			}),
		);
		expect(deliver(new Watcher([deletions]), activities).alerts).toHaveLength(1);
	});
});

describe('a sequence', () => {
	const own = watch({
		after: { types: ['claude_chat_created'], within: '10m', by: 'actor' },
	});
	const step = fc.record({
		isEarlier: fc.boolean(),
		pause: fc.integer({ min: 1, max: 2 * WINDOW }),
	});

	test('alerts once for each burst of what follows in time', () =>
		fc.assert(
			fc.property(fc.array(step, { maxLength: 30 }), sizes, (steps, batchSizes) => {
				let now = 0;
				let earlier = -Infinity;
				let alerted = -Infinity;
				const due: string[] = [];
				const activities = steps.map(({ isEarlier, pause }, index) => {
					now += pause;
					if (isEarlier) earlier = now;
					else if (now - earlier <= WINDOW && now - alerted > WINDOW) {
						due.push(`own ${index}`);
						alerted = now;
					}
					return activity(
						String(index),
						isEarlier ? 'claude_chat_created' : 'claude_chat_deleted',
						now,
					);
				});
				const { alerts } = deliver(new Watcher([own]), activities, batchSizes);
				expect(shown(alerts)).toEqual(due);
			}),
			{ numRuns: 500 },
		));

	const off = (time: number) => activity(`off at ${time}`, 'claude_chat_created', time);
	const key = (time: number) => activity(`key at ${time}`, 'claude_chat_deleted', time);

	test.each([
		['the later activity appears late', [off(0), off(40), key(20)], ['own key at 20']],
		['an earlier activity appears late', [key(20), off(40), off(0)], ['own off at 0']],
		['an earlier one of two appears late', [key(20), key(700), off(0)], ['own off at 0']],
		['both appear late', [off(600), off(5), off(0), key(3)], ['own key at 3']],
		[
			'many lie between',
			[off(0), ...[1, 2, 3, 4, 5].map((minute) => off(100 * minute)), key(50)],
			['own key at 50'],
		],
	])('is found although %s', (_, activities, due) => {
		const { alerts } = deliver(new Watcher([own]), activities, [1]);
		expect(shown(alerts)).toEqual(due);
	});

	/** Keeps everything, and looks at every pair that holds the new activity. */
	class SequenceModel {
		readonly #earlier: number[] = [];
		#later: number[] = [];
		readonly #bursts: number[] = [];

		alerts(isEarlier: boolean, time: number): boolean {
			const inBurst = (at: number) => this.#bursts.some((burst) => Math.abs(burst - at) <= WINDOW);
			if (!isEarlier && inBurst(time)) return false;
			(isEarlier ? this.#earlier : this.#later).push(time);
			const isPair = (earlier: number, later: number) =>
				earlier <= later && later - earlier <= WINDOW;
			const completes = isEarlier
				? this.#later.some((later) => isPair(time, later))
				: this.#earlier.some((earlier) => isPair(earlier, time));
			if (!completes) return false;
			let at = time;
			while (inBurst(at)) at++;
			this.#bursts.push(at);
			this.#later = this.#later.filter((later) => Math.abs(later - at) > WINDOW);
			return true;
		}
	}

	test.each([
		['in any order', false],
		['in any order, each repeated', true],
	])('counts as the model does if nothing is later than the window: %s', (_, isRepeated) =>
		fc.assert(
			fc.property(crowdedArrivals(2), sizes, (anywhere, batchSizes) => {
				const arrivals = notLaterThanAWindow(anywhere);
				const activities = arrivals.map(({ kind, time }) => (kind === 0 ? off(time) : key(time)));
				const model = new SequenceModel();
				const known = new Set<string>();
				const due = activities.filter(({ id }, index) => {
					// The same again.
					if (known.has(id)) return false;
					known.add(id);
					const { kind, time } = arrivals[index]!;
					return model.alerts(kind === 0, time);
				});
				const { alerts } = deliver(
					new Watcher([own]),
					isRepeated ? activities.flatMap((each) => [each, each]) : activities,
					batchSizes,
				);
				expect(shown(alerts)).toEqual(due.map(({ id }) => `own ${id}`));
			}),
			{ numRuns: 2000 },
		),
	);

	test('has its burst at the same place whatever else follows', () => {
		const activities = [key(304), key(305), key(455), off(305), off(605), key(906), key(1000)];
		for (const chosen of [activities, activities.slice(1)]) {
			const { alerts } = deliver(new Watcher([own]), chosen, [1]);
			expect(shown(alerts)).toEqual(['own off at 305', 'own key at 906']);
		}
	});

	test('is completed by a late earlier activity, and says that it took two', () => {
		const activities = [
			activity('later', 'claude_chat_deleted', 60),
			activity('earlier', 'claude_chat_created', 30),
			activity('earlier', 'claude_chat_created', 30),
			activity('later', 'claude_chat_deleted', 60),
		];
		const { alerts } = deliver(new Watcher([own]), activities, [1]);
		expect(shown(alerts)).toEqual(['own earlier']);
		expect(alerts[0]?.count).toBe(2);
	});
});

test('a sequence within one second counts in any order', () => {
	const own = watch({ after: { types: ['claude_chat_created'], within: '10m', by: 'actor' } });
	const activities = [
		activity('later', 'claude_chat_deleted', 0.1),
		activity('earlier', 'claude_chat_created', 0.9),
	];
	expect(shown(deliver(new Watcher([own]), activities).alerts)).toEqual(['own earlier']);
});

describe('what is remembered', () => {
	const many = (count: number, of: (index: number) => Partial<Arrival>) =>
		Array.from({ length: count }, (_, index) =>
			deletion({ kind: index, time: 0, actor: 0, ...of(index) }),
		);

	test.each([
		['many actors', '10m', many(6000, (index) => ({ actor: index }))],
		['many actors in pairs', '10m', many(6000, (index) => ({ actor: index >> 1 }))],
		['many actors over a week', '7d', many(6000, (index) => ({ actor: index, time: index * 30 }))],
	])('is small after %s', (_, within, activities) => {
		const own = watch({ threshold: { count: 1000, within, by: 'actor' } });
		const { counters } = deliver(new Watcher([own]), activities, [1000]);
		const { length } = JSON.stringify(counters.encode());
		expect(length).toBeLessThan(MAX_WATCH_LENGTH);
		expect(length).toBeGreaterThan(MAX_WATCH_LENGTH / 2);
	});

	test('has room for the largest threshold', () => {
		const own = watch({ threshold: { count: 1000, within: '7d', by: 'actor' } });
		const activities = many(3000, (index) => ({
			time: index < 999 ? index : index + 14 * 24 * HOUR - 2000,
		}));
		const { alerts, counters } = deliver(new Watcher([own]), activities.slice(0, 1998), [1000]);
		expect(shown(alerts)).toEqual([]);
		expect(JSON.stringify(counters.encode()).length).toBeLessThan(MAX_WATCH_LENGTH);
		expect(deliver(new Watcher([own]), activities).alerts).toHaveLength(1);
	});

	test('has room for the largest threshold of different values', () => {
		const distinct = {
			count: MAX_DISTINCT,
			within: '7d',
			by: 'actor',
			distinct: 'claude_project_id',
		};
		const own = watch({ threshold: distinct });
		const kinds = MAX_DISTINCT - 1;
		const times = [0, 1, 7 * 24 * HOUR + 2, 7 * 24 * HOUR + 3];
		const activities = many(4 * kinds, (index) => ({
			kind: index % kinds,
			time: times[Math.floor(index / kinds)]!,
		}));
		const { alerts, counters } = deliver(new Watcher([own]), activities, [1000]);
		expect(shown(alerts)).toEqual([]);
		const [[line] = ['']] = Object.values(counters.encode().watches);
		expect(line!.split(':').at(-1)).toHaveLength(4 * kinds * 18);
		const last = deletion({ kind: kinds, time: times[3]!, actor: 0 });
		expect(deliver(new Watcher([own]), [...activities, last]).alerts).toHaveLength(1);
	});

	test('keeps who goes on, and forgets who counted longest ago', () => {
		const activities = Array.from({ length: 3000 }, (_, index) => [
			...(index % 300 === 0 ? [deletion({ kind: index, time: index / 5, actor: 1 })] : []),
			deletion({ kind: 0, time: index / 5, actor: 2 + index }),
		]).flat();
		const own = watch({ threshold: { count: 10, within: '10m', by: 'actor' } });
		expect(shown(deliver(new Watcher([own]), activities, [50]).alerts)).toEqual([
			'own 2700 at 540 by 1',
		]);
		const silent = [
			...many(9, (index) => ({ time: index })),
			...many(2000, (index) => ({ time: 10, actor: index + 1 })),
			...many(10, (index) => ({ time: index })).slice(9),
		];
		expect(deliver(new Watcher([own]), silent, [50]).alerts).toEqual([]);
	});

	test('is forgotten when it is too old to matter', () => {
		const { counters } = deliver(new Watcher([deletions]), [
			...many(100, (index) => ({ actor: index })),
			deletion({ kind: 0, time: 3 * WINDOW + 1, actor: 200 }),
		]);
		expect(Object.values(counters.encode().watches)[0]).toHaveLength(1);
	});

	test('is little of a value that comes again and again', () => {
		const activities = Array.from({ length: 5000 }, (_, index) =>
			deletion({ kind: index % 2, time: index % WINDOW, actor: 0 }),
		);
		const { counters } = deliver(new Watcher([projects]), activities, [100]);
		const [[line] = ['']] = Object.values(counters.encode().watches);
		// Two of each kind.
		expect(line!.split(':').at(-1)).toHaveLength(4 * 18);
	});

	test('of one watch is not crowded out by another', () => {
		const other = { ...deletions, id: 'other', types: ['claude_chat_created'] };
		const watcher = new Watcher([deletions, other]);
		const flood = many(5000, (index) => ({ actor: index })).map((each) => ({
			...each,
			type: 'claude_chat_created',
		}));
		const two = many(2, (index) => ({ time: index }));
		const third = [deletion({ kind: 3, time: 3, actor: 0 })];
		expect(shown(deliver(watcher, [...two, ...flood, ...third], [100]).alerts)).toEqual([
			`own ${third[0]!.id}`,
		]);
	});

	test('holds nothing of an activity but hashes and times', () => {
		const { counters } = deliver(new Watcher(defaultWatches), [
			deletion({ kind: 1, time: 1, actor: 1 }),
		]);
		const text = JSON.stringify(counters.encode());
		expect(text).toMatch(
			/^\{"version":1,"watches":\{"[0-9a-f]{16}":\["[0-9a-f]{16}:[0-9a-f]{10}::[0-9a-f]{18}"\]\}\}$/,
		);
	});

	test('stays as it was while the next batch is watched', () => {
		const watcher = new Watcher([deletions]);
		const before = deliver(
			watcher,
			many(2, (index) => ({ time: index })),
		).counters;
		const text = JSON.stringify(before.encode());
		const batch = [deletion({ kind: 5, time: 5, actor: 0 })];
		const [first, second] = [watcher.watch(batch, before), watcher.watch(batch, before)];
		expect(JSON.stringify(before.encode())).toBe(text);
		expect(shown(first.alerts)).toHaveLength(1);
		expect(second).toEqual(first);
	});
});

describe('stored counters', () => {
	const { counters } = deliver(
		new Watcher([deletions]),
		[0, 1, 2, 900].map((time) => deletion({ kind: time, time, actor: 0 })),
	);
	const stored = counters.encode();
	const [[id, [line]]] = Object.entries(stored.watches) as [[string, string[]]];
	const [key, newest, alerted, seen] = line!.split(':') as [string, string, string, string];
	const withLines = (...lines: unknown[]) => ({ version: 1, watches: { [id]: lines } });

	test('are read back', () => expect(Counters.decode(stored)?.encode()).toEqual(stored));

	test.each([
		['nothing', undefined],
		['null', null],
		['a list', []],
		['a text', '{}'],
		['no version', { watches: {} }],
		['a later version', { ...stored, version: 2 }],
		['no watches', { version: 1 }],
		['a list of watches', { version: 1, watches: [] }],
		['an odd watch', { version: 1, watches: { own: [] } }],
		['a prototype', JSON.parse('{"version":1,"watches":{"__proto__":[]}}')],
		[
			'too many watches',
			{
				version: 1,
				watches: Object.fromEntries(
					Array.from({ length: 51 }, (_, index) => [index.toString(16).padStart(16, '0'), []]),
				),
			},
		],
		['lines that are no list', { version: 1, watches: { [id]: line } }],
		['a number in place of a line', withLines(7)],
		['a line twice', withLines(line, line)],
		['a line with a letter too much', withLines(`${line}0`)],
		['upper case', withLines(line!.toUpperCase())],
		['a line break behind a line', withLines(`${line}\n`)],
		['an empty counter', withLines(`${key}:${newest}::`)],
		['too many alerts', withLines(`${key}:${newest}:${alerted.repeat(4)}:${seen}`)],
		['a time after the newest', withLines(`${key}:0000000000:${alerted}:${seen}`)],
		['disorder', withLines(`${key}:${newest}::${seen}00000000${'0'.repeat(10)}`)],
		['too many entries', withLines(`${key}:${newest}::${seen.repeat(2003)}`)],
		['too many lines', withLines(...Array.from({ length: 2004 }, () => line))],
	])('that are %s are refused', (_, value: unknown) =>
		expect(Counters.decode(value)).toBeUndefined(),
	);

	test('of any form are refused or lead to counters of bounded size, and nothing throws', () => {
		const hexOf = (length: number) =>
			fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length });
		const time = fc.constantFrom('0000000000', newest, 'ffffffffff');
		const anyLine = fc
			.tuple(hexOf(16), time, fc.array(time, { maxLength: 4 }), fc.array(time, { maxLength: 8 }))
			.map(([own, last, bursts, times]) =>
				[own.join(''), last, bursts.join(''), times.map((each) => `0000000a${each}`).join('')].join(
					':',
				),
			);
		fc.assert(
			fc.property(fc.array(fc.oneof(anyLine, fc.constant(line), fc.string())), (lines) => {
				const decoded = Counters.decode(withLines(...lines));
				if (!decoded) return;
				const next = new Watcher([deletions]).watch(
					[0, 1, 2, 5000].map((at) => deletion({ kind: at, time: at, actor: 0 })),
					decoded,
				);
				expect(Counters.decode(next.counters.encode())).toBeDefined();
			}),
		);
		fc.assert(
			fc.property(fc.anything(), (value) => {
				Counters.decode(value);
				Counters.decode({ version: 1, watches: value });
				Counters.decode(withLines(value));
			}),
		);
	});
});
