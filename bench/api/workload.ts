import type { Random } from '../../test/simulators/activity-feed/random';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The density is constant within a slot. */
const SLOT = 10 * MINUTE;

/** Bursts: imports, provisioning, a script that went wild. */
const BURSTS = 8;
const BURST_LENGTH = MINUTE;
const SHARE_OF_A_BURST = 0.005;

/** How often several activities happen at the same time, and how many at most. */
const TIES = 0.02;
const MOST_TIES = 30;

/** The precisions of times, in microseconds: whole seconds, milliseconds, microseconds. */
const PRECISIONS = [1_000_000, 1000, 1000, 1, 1];

/**
 * The times of a company's activities: far more by day than by night, few at weekends, almost none in a
 * month of holidays, and bursts now and then. So equal intervals of time hold unequal amounts of work.
 *
 * @param from milliseconds since the epoch, as `to` is
 * @returns microseconds, ascending
 */
export function unevenTimes(
	random: Random,
	count: number,
	from: number,
	to: number,
): Float64Array<ArrayBuffer> {
	const ends = cumulativeDensity(from, to);
	const bursts = Array.from({ length: BURSTS }, () => instantOf(random.fraction(), ends, from));
	const times = new Float64Array(count);
	for (let index = 0; index < count;) {
		const precision = random.pick(PRECISIONS);
		const ms = random.chance(BURSTS * SHARE_OF_A_BURST)
			? random.pick(bursts) + random.fraction() * BURST_LENGTH
			: instantOf(random.fraction(), ends, from);
		const micros = Math.floor((Math.min(ms, to) * 1000) / precision) * precision;
		const time = Math.max(micros, from * 1000);
		const last = index + (random.chance(TIES) ? 2 + random.below(MOST_TIES) : 1);
		for (; index < Math.min(last, count); index++) times[index] = time;
	}
	return times.sort();
}

/** For each slot, the share of all activities up to its end. */
function cumulativeDensity(from: number, to: number): Float64Array {
	const slots = Math.ceil((to - from) / SLOT);
	const ends = new Float64Array(slots);
	let sum = 0;
	for (let slot = 0; slot < slots; slot++) {
		sum += densityAt(from + slot * SLOT, (slot * SLOT) / (to - from));
		ends[slot] = sum;
	}
	return ends.map((end) => end / sum);
}

/** @param progress how much of the whole interval has passed, from 0 to 1 */
function densityAt(instant: number, progress: number): number {
	const hour = (instant % DAY) / HOUR;
	const weekday = new Date(instant).getUTCDay();
	const atWork = hour >= 7 && hour < 19 ? 1 : 0.04;
	const onWorkday = weekday === 0 || weekday === 6 ? 0.06 : 1;
	const holidays = progress >= 1 / 3 && progress < 2 / 3 ? 0.1 : 1;
	return atWork * onWorkday * holidays;
}

/** The instant up to which a given share of all activities has happened. */
function instantOf(share: number, ends: Float64Array, from: number): number {
	let low = 0;
	let high = ends.length - 1;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (ends[middle]! >= share) high = middle;
		else low = middle + 1;
	}
	const before = low === 0 ? 0 : ends[low - 1]!;
	return from + (low + (share - before) / (ends[low]! - before)) * SLOT;
}
