/**
 * What is remembered of the activities of one key: enough to count late ones, and little otherwise. Of
 * values that have to be distinct, and in a sequence, only the newest of each kind is kept. It is never
 * changed, only replaced. Times are whole seconds since the epoch.
 */
export interface Counter {
	/** The newest time of any activity of the key. */
	readonly newest: number;
	/** The times of alerts. Whatever is within a window of one, before or after, belongs to its burst. */
	readonly alerted: readonly number[];
	/** What counts towards the next alert, oldest first: of each kind, the newest. */
	readonly seen: readonly Seen[];
}

export interface Seen {
	/** A hash of what distinguishes it: of the activity's id, or of the value that is to be distinct. */
	readonly kind: string;
	readonly time: number;
	/** Its stored form, made once: each batch stores everything that is seen. */
	readonly stored: string;
}

/** 40 bits of seconds reach far beyond the years of all readable records. */
export const TIME_DIGITS = 10;

/** A time in its stored form. */
export function inHex(time: number): string {
	return time.toString(16).padStart(TIME_DIGITS, '0');
}

/** How to count. */
export interface Rule {
	/** In seconds. */
	readonly window: number;
	/**
	 * The time of the alert, if what was seen contains a burst to which the entry at `index` belongs. It is
	 * the time of the last entry of the burst.
	 */
	readonly burstAt: (seen: readonly Seen[], index: number) => number | undefined;
	/** A kind that no burst uses up. */
	readonly lasting?: string;
}

/** The most alerts that a counter remembers: they are more than a window apart, within three windows. */
export const MAX_ALERTED = 3;

/**
 * Counts an activity. Whatever is more than two windows older than the newest activity of its key no
 * longer counts and is forgotten, so a repeated activity is never counted again: it is seen, part of a
 * burst, or too old.
 *
 * @param before `undefined` for the first activity of a key
 * @returns the next counter, and whether the activity completes a burst
 */
export function count(
	before: Counter | undefined,
	kind: string,
	time: number,
	{ window, burstAt, lasting }: Rule,
): { counter: Counter; alerts: boolean } {
	const newest = Math.max(before?.newest ?? time, time);
	const alerted = (before?.alerted ?? []).filter((each) => each >= newest - 3 * window);
	const remembered = (before?.seen ?? []).filter((each) => each.time >= newest - 2 * window);
	const isUsedUp = (each: Pick<Seen, 'kind' | 'time'>, at: number) =>
		each.kind !== lasting && Math.abs(each.time - at) <= window;
	const known = remembered.find((each) => each.kind === kind);
	const counts =
		time >= newest - 2 * window &&
		!alerted.some((at) => isUsedUp({ kind, time }, at)) &&
		!(known && known.time >= time);
	if (!counts) return { counter: { newest, alerted, seen: remembered }, alerts: false };

	const seen = remembered.filter((each) => each !== known);
	let index = seen.length;
	while (index > 0 && seen[index - 1]!.time > time) index--;
	seen.splice(index, 0, { kind, time, stored: kind + inHex(time) });
	const at = burstAt(seen, index);
	if (at === undefined) return { counter: { newest, alerted, seen }, alerts: false };
	return {
		counter: {
			newest,
			alerted: [...alerted, at],
			seen: seen.filter((each) => !isUsedUp(each, at)),
		},
		alerts: true,
	};
}

/** So many different kinds within a window. */
export function severalKinds(number: number, window: number): Rule {
	return {
		window,
		burstAt: (seen, index) => {
			for (let first = Math.max(0, index - number + 1); first <= index; first++) {
				const last = seen[first + number - 1];
				if (last && last.time - seen[first]!.time <= window) return last.time;
			}
			return undefined;
		},
	};
}

/** The kinds of a sequence, in the form of the hashes. */
export const EARLIER = '00000000';
export const LATER = '00000001';

/** An activity of kind `LATER` that is at most a window later than one of kind `EARLIER`. */
export function sequence(window: number): Rule {
	return {
		window,
		// One that happens during a burst may begin the next one.
		lasting: EARLIER,
		burstAt: (seen) => {
			const earlier = seen.find(({ kind }) => kind === EARLIER);
			const later = seen.find(({ kind }) => kind === LATER);
			if (!earlier || !later) return undefined;
			const distance = later.time - earlier.time;
			return distance >= 0 && distance <= window ? later.time : undefined;
		},
	};
}
