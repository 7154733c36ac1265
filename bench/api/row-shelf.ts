import { ActivityGenerator } from '../../test/simulators/activity-feed/generator';
import { Random } from '../../test/simulators/activity-feed/random';
import { formatTimestamp, parseTimestamp } from '../../test/simulators/activity-feed/timestamp';
import { unevenTimes } from './workload';

export interface ShelfOptions {
	count: number;
	/** Milliseconds since the epoch. */
	from: number;
	to: number;
	/** Seed of the random choices; default 1. */
	seed?: number;
	/** Size of a memory segment, in bytes. */
	segmentBytes?: number;
}

/** The number of records from the simulator's generator. All rows are variants of them. */
const MODELS = 20_000;
const SEGMENT_BYTES = 2 ** 26;
const COMMA = 0x2c;
/** The time and the id of a record, which differ between rows, and the model's text around them. */
const RECORD = /^(.*?"created_at":")([^"]+)(".*?"id":")activity_01\w{12}(".*)$/s;

/** The common text of all rows that are variants of one record. */
interface Model {
	readonly beforeTime: Buffer;
	readonly beforeId: Buffer;
	readonly tail: Buffer;
}

/**
 * Millions of activities, encoded as they are sent, in feed order and with the commas of a page between
 * them. A page in ascending order is then one part of memory that needs no assembly, so a reader waits
 * only for the transport.
 */
export class RowShelf {
	readonly count: number;
	readonly #times: Float64Array;
	/** Where a row begins in its segment. */
	readonly #starts: Uint32Array;
	readonly #segmentBytes: number;
	readonly #segments: Buffer[] = [];
	/** How many bytes of a segment its rows take, including their commas. */
	readonly #lengths: number[] = [];
	/** The first row of each segment. */
	readonly #firstRows: number[] = [];

	constructor({ count, from, to, seed = 1, segmentBytes = SEGMENT_BYTES }: ShelfOptions) {
		this.count = count;
		this.#segmentBytes = segmentBytes;
		const random = new Random(seed);
		this.#times = unevenTimes(random, count, from, to);
		this.#starts = new Uint32Array(count);
		this.#write(random, models(seed, Math.min(count, MODELS), from, to));
	}

	/** Microseconds since 1970. */
	timeOf(index: number): number {
		return this.#times[index]!;
	}

	/** Ids ascend with the index, also among rows of the same time. */
	idOf(index: number): string {
		return `activity_01${scrambled(this.timeOf(index))}${index.toString(36).padStart(6, '0')}`;
	}

	/** The row with this id; `undefined` when there is none. */
	indexOf(id: string): number | undefined {
		const index = parseInt(id.slice(-6), 36);
		return index < this.count && this.idOf(index) === id ? index : undefined;
	}

	/** Index of the first row made at or after the time. */
	indexFromTime(micros: number): number {
		return this.#firstIndex((time) => time >= micros);
	}

	/** Index of the first row made after the time. */
	indexAfterTime(micros: number): number {
		return this.#firstIndex((time) => time > micros);
	}

	/** The bytes of the rows from one index up to another, with commas in between. */
	slices(low: number, high: number): Buffer[] {
		const slices: Buffer[] = [];
		for (let index = low; index < high;) {
			const segment = this.#segmentOf(index);
			const end = Math.min(high, this.#firstRows[segment + 1] ?? this.count);
			const stop = end === high ? this.#endOf(end - 1) : this.#lengths[segment]!;
			slices.push(this.#segments[segment]!.subarray(this.#starts[index], stop));
			index = end;
		}
		return slices;
	}

	#write(random: Random, variants: readonly Model[]): void {
		let segment = Buffer.alloc(0);
		let used = 0;
		for (let index = 0; index < this.count; index++) {
			const { beforeTime, beforeId, tail } = variants[random.below(variants.length)]!;
			const createdAt = formatTimestamp(this.timeOf(index));
			const id = this.idOf(index);
			const own = createdAt.length + id.length;
			if (used + beforeTime.length + beforeId.length + tail.length + own + 1 > segment.length) {
				segment = Buffer.allocUnsafeSlow(this.#segmentBytes);
				used = 0;
				this.#segments.push(segment);
				this.#firstRows.push(index);
			}
			this.#starts[index] = used;
			used += beforeTime.copy(segment, used);
			used += segment.write(createdAt, used, 'latin1');
			used += beforeId.copy(segment, used);
			used += segment.write(id, used, 'latin1');
			used += tail.copy(segment, used);
			segment[used++] = COMMA;
			this.#lengths[this.#segments.length - 1] = used;
		}
	}

	/** Where a row ends in its segment, without its comma. */
	#endOf(index: number): number {
		const segment = this.#segmentOf(index);
		const next = index + 1;
		const isLast = next === (this.#firstRows[segment + 1] ?? this.count);
		return (isLast ? this.#lengths[segment]! : this.#starts[next]!) - 1;
	}

	#segmentOf(index: number): number {
		let low = 0;
		let high = this.#segments.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >>> 1;
			if (this.#firstRows[middle]! <= index) low = middle;
			else high = middle - 1;
		}
		return low;
	}

	#firstIndex(reached: (micros: number) => boolean): number {
		let low = 0;
		let high = this.count;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (reached(this.#times[middle]!)) high = middle;
			else low = middle + 1;
		}
		return low;
	}
}

function models(seed: number, count: number, from: number, to: number): Model[] {
	const rows = new ActivityGenerator(seed, []).rows({ count, from, to });
	const texts = Array.from(rows, ({ json }) => json).filter((json) => !hasLoneSurrogate(json));
	return texts.map((json) => {
		const [, beforeTime = '', createdAt = '', beforeId = '', tail = ''] = RECORD.exec(json) ?? [];
		if (parseTimestamp(createdAt) === undefined) throw new Error(`Not as expected: ${json}`);
		return {
			beforeTime: Buffer.from(beforeTime),
			beforeId: Buffer.from(beforeId),
			tail: Buffer.from(tail),
		};
	});
}

/**
 * Whether one of its strings has half a surrogate pair. JSON allows that, and the generator creates some
 * on purpose. But jq 1.6 stops at the first one, so it could not be measured.
 */
function hasLoneSurrogate(json: string): boolean {
	// JavaScript escapes only a surrogate without its other half.
	return /\\ud[89a-f]/.test(JSON.stringify(JSON.parse(json)));
}

/** Six letters and digits that look random, the same for the same time. */
function scrambled(micros: number): string {
	let mixed = Math.imul(micros % 2 ** 32, 0x9e3779b1) ^ Math.imul(micros / 2 ** 20, 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
	return ((mixed ^ (mixed >>> 12)) >>> 0).toString(36).slice(-6).padStart(6, '0');
}
