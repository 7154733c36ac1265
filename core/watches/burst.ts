import { type Counter, inHex, type Seen } from './counter';

/** How to count. */
export interface Rule {
	/** In seconds. */
	readonly window: number;
	/**
	 * The time of the alert, if the entry at `index` completes a burst. Whether it does, may not depend on
	 * what `thinned` leaves out.
	 */
	readonly burstAt: (seen: readonly Seen[], index: number) => number | undefined;
	/** A kind that no burst uses up. */
	readonly lasting?: string;
}

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
	const counts =
		time >= newest - 2 * window &&
		!alerted.some((at) => isUsedUp({ kind, time }, at)) &&
		!remembered.some((each) => each.kind === kind && each.time === time);
	if (!counts) return { counter: { newest, alerted, seen: remembered }, alerts: false };

	let index = remembered.length;
	while (index > 0 && remembered[index - 1]!.time > time) index--;
	const entry = { kind, time, stored: kind + inHex(time) };
	const seen = [...remembered.slice(0, index), entry, ...remembered.slice(index)];
	const at = burstAt(seen, index);
	if (at === undefined) {
		return { counter: { newest, alerted, seen: thinned(seen, kind, window) }, alerts: false };
	}
	return {
		counter: {
			newest,
			alerted: [...alerted, at],
			seen: seen.filter((each) => !isUsedUp(each, at)),
		},
		alerts: true,
	};
}

/**
 * Leaves out what no window needs of one kind: an entry between two others that are at most a window
 * apart. A window that holds the entry holds one of the two as well. At most two remain in each window.
 */
function thinned(seen: readonly Seen[], kind: string, window: number): readonly Seen[] {
	const ofKind = seen.filter((each) => each.kind === kind);
	if (ofKind.length < 3) return seen;
	const needless = new Set<Seen>();
	let [before] = ofKind;
	for (let index = 1; index < ofKind.length - 1; index++) {
		if (ofKind[index + 1]!.time - before!.time <= window) needless.add(ofKind[index]!);
		else before = ofKind[index];
	}
	return seen.filter((each) => !needless.has(each));
}

/** So many different kinds within a window. The alert is at the time of the one that completes them. */
export function severalKinds(number: number, window: number): Rule {
	return {
		window,
		burstAt: (seen, index) => {
			// Most keys are far from a burst.
			if (seen.length < number) return undefined;
			const { time } = seen[index]!;
			/** How many of each kind are from `from` on. */
			const kinds = new Map<string, number>();
			let from = seen.findIndex((each) => each.time >= time - window);
			for (let to = from; to < seen.length && seen[to]!.time <= time + window; to++) {
				const last = seen[to]!;
				kinds.set(last.kind, (kinds.get(last.kind) ?? 0) + 1);
				for (; last.time - seen[from]!.time > window; from++) {
					const { kind } = seen[from]!;
					const left = kinds.get(kind)! - 1;
					if (left > 0) kinds.set(kind, left);
					else kinds.delete(kind);
				}
				if (to >= index && kinds.size >= number) return time;
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
		burstAt: (seen, index) => {
			const { kind, time } = seen[index]!;
			const isInTime = (earlier: number, later: number) =>
				earlier <= later && later <= earlier + window;
			if (kind === EARLIER) {
				return seen.find((each) => each.kind === LATER && isInTime(time, each.time))?.time;
			}
			const follows = seen.some((each) => each.kind === EARLIER && isInTime(each.time, time));
			return follows ? time : undefined;
		},
	};
}
