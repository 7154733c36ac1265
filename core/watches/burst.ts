import { type Counter, inHex, type Seen } from './counter';

/** How to count. */
export interface Rule {
	/** In seconds. */
	readonly window: number;
	/** Whether the entry at `index` completes a burst. What `thinned` leaves out makes no difference. */
	readonly completes: (seen: readonly Seen[], index: number) => boolean;
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
	{ window, completes, lasting }: Rule,
): { counter: Counter; alerts: boolean } {
	const newest = Math.max(before?.newest ?? time, time);
	const alerted = (before?.alerted ?? []).filter((each) => each >= newest - 3 * window);
	const remembered = since(before?.seen ?? [], newest - 2 * window);
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
	if (!completes(seen, index)) {
		return { counter: { newest, alerted, seen: thinned(seen, kind, window) }, alerts: false };
	}
	const at = firstBehind(alerted, window, time);
	return {
		counter: {
			newest,
			alerted: [...alerted, at],
			seen: seen.filter((each) => !isUsedUp(each, at)),
		},
		alerts: true,
	};
}

/** What is not older; the same list if nothing is. */
function since(seen: readonly Seen[], oldest: number): readonly Seen[] {
	const isOld = seen.length > 0 && seen[0]!.time < oldest;
	return isOld ? seen.filter(({ time }) => time >= oldest) : seen;
}

/** The first time, from the given one on, that is no part of an earlier burst. */
function firstBehind(alerted: readonly number[], window: number, time: number): number {
	const before = alerted.find((at) => Math.abs(at - time) <= window);
	return before === undefined ? time : firstBehind(alerted, window, before + window + 1);
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

/** So many different kinds within a window. */
export function severalKinds(number: number, window: number): Rule {
	return {
		window,
		completes: (seen, index) => {
			// Most keys are far from a burst.
			if (seen.length < number) return false;
			const windows = windowsAround(seen, index, window);
			if (!windows.some(({ from, to }) => to - from >= number)) return false;
			/** How often each kind is in a window. */
			const kinds = new Map<string, number>();
			const [first] = windows;
			let [begin, end] = [first!.from, first!.from];
			return windows.some(({ from, to }) => {
				for (; end < to; end++) add(kinds, seen[end]!.kind, 1);
				for (; begin < from; begin++) add(kinds, seen[begin]!.kind, -1);
				return kinds.size >= number;
			});
		},
	};
}

/** The widest windows that hold the entry at `index`, each from one entry to before another one. */
function windowsAround(
	seen: readonly Seen[],
	index: number,
	window: number,
): { from: number; to: number }[] {
	const { time } = seen[index]!;
	const windows: { from: number; to: number }[] = [];
	let to = index + 1;
	let from = seen.findIndex((each) => each.time >= time - window);
	for (; from <= index; from++) {
		while (to < seen.length && seen[to]!.time <= seen[from]!.time + window) to++;
		windows.push({ from, to });
	}
	return windows;
}

function add(kinds: Map<string, number>, kind: string, times: 1 | -1): void {
	const next = (kinds.get(kind) ?? 0) + times;
	if (next > 0) kinds.set(kind, next);
	else kinds.delete(kind);
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
		completes: (seen, index) => {
			const { kind, time } = seen[index]!;
			const isInTime = (earlier: number, later: number) =>
				earlier <= later && later <= earlier + window;
			return seen.some((each) =>
				kind === LATER
					? each.kind === EARLIER && isInTime(each.time, time)
					: each.kind === LATER && isInTime(time, each.time),
			);
		},
	};
}
