/** An activity before it is in the feed. */
export interface NewRow {
	/** The id that the row shows; empty if it shows none. */
	id: string;
	/** The feed's own id for the row, even if the row shows none. */
	key: string;
	/** The time for order and filters, in microseconds since 1970, whatever the row shows. */
	createdAtMicros: number;
	/** When the row appears, in milliseconds of the feed's clock. */
	visibleAt: number;
	/** The exact text of the row. */
	json: string;
	type: string;
	/** `organization_id`, or `organization_uuid` if only that is known. */
	organization: string | null;
	/** The user of a `user_actor`. */
	userId: string | null;
	/** Whether the row shows a readable id and a readable time. */
	readable: boolean;
}

/** A place in the feed: just after a row, which may no longer exist. */
export type Position = Pick<NewRow, 'createdAtMicros' | 'key'>;

/**
 * An activity in the feed. Its text is stored as UTF-8 outside the heap. So a page is assembled by
 * copying, and a million rows do not burden the garbage collector.
 */
export class FeedRow implements NewRow {
	readonly id: string;
	readonly key: string;
	readonly createdAtMicros: number;
	readonly visibleAt: number;
	readonly type: string;
	readonly organization: string | null;
	readonly userId: string | null;
	readonly readable: boolean;
	private readonly chunk: Buffer;
	private readonly start: number;
	private readonly end: number;

	constructor(row: NewRow, space: TextSpace) {
		this.id = row.id;
		this.key = row.key;
		this.createdAtMicros = row.createdAtMicros;
		this.visibleAt = row.visibleAt;
		this.type = row.type;
		this.organization = row.organization;
		this.userId = row.userId;
		this.readable = row.readable;
		[this.chunk, this.start, this.end] = space.write(row.json);
	}

	/** Milliseconds since 1970, rounded down. */
	get createdAt(): number {
		return Math.floor(this.createdAtMicros / 1000);
	}

	get json(): string {
		return this.chunk.toString('utf8', this.start, this.end);
	}

	/** The size of the row in a page, in bytes. */
	get size(): number {
		return this.end - this.start;
	}

	/** Copies the row's bytes, and returns the offset after them. */
	copyTo(target: Buffer, offset: number): number {
		this.chunk.copy(target, offset, this.start, this.end);
		return offset + this.size;
	}
}

const SMALLEST_CHUNK = 2 ** 14;
const LARGEST_CHUNK = 2 ** 24;

/** Memory for the texts of many rows, in few large pieces. */
class TextSpace {
	private chunk = Buffer.alloc(0);
	private used = 0;
	private nextSize = SMALLEST_CHUNK;

	write(text: string): [chunk: Buffer, start: number, end: number] {
		const most = text.length * 3;
		if (this.used + most > this.chunk.length) {
			this.chunk = Buffer.allocUnsafeSlow(Math.max(this.nextSize, most));
			this.used = 0;
			this.nextSize = Math.min(this.nextSize * 2, LARGEST_CHUNK);
		}
		const start = this.used;
		this.used += this.chunk.write(text, start);
		return [this.chunk, start, this.used];
	}
}

/** The feed's order: by time, ties by id. */
function compare(a: Position, b: Position): number {
	if (a.createdAtMicros !== b.createdAtMicros) return a.createdAtMicros - b.createdAtMicros;
	return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** All activities in feed order. Appending is cheap; an older row is inserted at its place. */
export class FeedRows {
	private rows: FeedRow[] = [];
	private readonly space = new TextSpace();

	get all(): readonly FeedRow[] {
		return this.rows;
	}

	insert(row: NewRow): FeedRow {
		const stored = new FeedRow(row, this.space);
		const last = this.rows[this.rows.length - 1];
		if (!last || compare(last, row) <= 0) this.rows.push(stored);
		else this.rows.splice(this.indexAfter(row), 0, stored);
		return stored;
	}

	insertAll(rows: Iterable<NewRow>): void {
		for (const row of rows) this.rows.push(new FeedRow(row, this.space));
		this.rows.sort(compare);
	}

	/** The row with this own id of the feed. */
	named(key: string): FeedRow | undefined {
		return this.rows.find((row) => row.key === key);
	}

	/** Rewrites the texts of rows; undefined keeps a text. */
	rewrite(change: (row: FeedRow) => string | undefined): void {
		this.rows = this.rows.map((row) => {
			const json = change(row);
			return json === undefined ? row : new FeedRow({ ...row, json }, this.space);
		});
	}

	/** Index of the first row that is not before the position. */
	indexFrom(position: Position): number {
		return this.firstIndex((row) => compare(row, position) >= 0);
	}

	/** Index of the first row after the position. */
	indexAfter(position: Position): number {
		return this.firstIndex((row) => compare(row, position) > 0);
	}

	/** Index of the first row made at or after the time. */
	indexFromTime(micros: number): number {
		return this.firstIndex((row) => row.createdAtMicros >= micros);
	}

	/** Index of the first row made after the time. */
	indexAfterTime(micros: number): number {
		return this.firstIndex((row) => row.createdAtMicros > micros);
	}

	private firstIndex(reached: (row: FeedRow) => boolean): number {
		let low = 0;
		let high = this.rows.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (reached(this.rows[middle]!)) high = middle;
			else low = middle + 1;
		}
		return low;
	}
}
