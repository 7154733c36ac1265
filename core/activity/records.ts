import { Activity } from './activity';
import type { Instant } from '../instant';
import { Rows } from './rows';
import { SharedText } from '../json/shared-text';
import { Unreadable } from './unreadable';

/**
 * The records of a page: a table of the activities, one of the unreadable records, and their text. It
 * creates an object for a record only on request.
 */
export class Records {
	readonly #activities: Rows;
	/** The instant is that of `Unreadable.before`; NaN for none. */
	readonly #unreadable: Rows;
	#kept = false;

	constructor(
		readonly text: SharedText,
		activities: Rows,
		unreadable: Rows,
	) {
		this.#activities = activities;
		this.#unreadable = unreadable;
	}

	/** How many activities there are. */
	get count(): number {
		return this.#activities.count;
	}

	/** Whether there is no record at all. */
	get isEmpty(): boolean {
		return this.#activities.count === 0 && this.#unreadable.count === 0;
	}

	/** The length of the page and of its tables, in bytes. */
	get length(): number {
		return this.text.length + this.#activities.length + this.#unreadable.length;
	}

	/**
	 * `created_at` of an activity.
	 *
	 * @throws Error once the tables were taken over
	 */
	createdAt(index: number): Instant {
		return this.#activities.instant(index) as Instant;
	}

	/** `created_at` of the first activity. */
	get first(): Instant | undefined {
		return this.count === 0 ? undefined : this.createdAt(0);
	}

	/** The newest `created_at`: the last one, or one of those that are a little out of order. */
	get newest(): Instant | undefined {
		let newest = this.first;
		for (let index = 1; index < this.count; index++) {
			const createdAt = this.createdAt(index);
			if (createdAt > newest!) newest = createdAt;
		}
		return newest;
	}

	/**
	 * The activities. Each call creates new objects.
	 *
	 * @throws Error once the text or the tables were taken over
	 */
	activities(): Activity[] {
		const activities: Activity[] = [];
		for (let row = 0; row < this.count; row++) {
			activities.push(new Activity(this.text, this.#activities, row));
		}
		return activities;
	}

	/**
	 * The unreadable records.
	 *
	 * @throws Error once the text or the tables were taken over
	 */
	unreadable(): Unreadable[] {
		const rows = this.#unreadable;
		return Array.from({ length: rows.count }, (_, row) => {
			const json = this.text.value(rows.start(row), rows.end(row), rows.whiteSpace(row));
			const before = rows.instant(row) as Instant;
			return new Unreadable(json, Number.isNaN(before) ? undefined : before);
		});
	}

	/** The activities up to an instant, and the unreadable records before any activity. */
	upTo(instant: Instant): Records {
		return new Records(
			this.text,
			this.#activities.filter((createdAt) => createdAt <= instant),
			this.#unreadable.filter((before) => !Number.isNaN(before)),
		);
	}

	/** Keeps the text when the batch ends. */
	keep(): void {
		this.#kept = true;
	}

	/**
	 * Takes the text over, unless it is kept. Nobody can read the activities afterwards.
	 *
	 * @throws Error after it was taken over
	 */
	end(): Buffer | undefined {
		return this.#kept ? undefined : this.text.release();
	}

	/**
	 * Takes the memory of the tables over, for `restore`. Every later read of a record throws; the count
	 * remains.
	 */
	releaseTables(): readonly Buffer[] {
		return [this.#activities.release(), this.#unreadable.release()];
	}

	/**
	 * The records of a page that was put away.
	 *
	 * @param text the page's text
	 * @param tables the bytes of all its tables, one after the other
	 * @param count the number of its activities
	 */
	static restore(text: Buffer, tables: Buffer, count: number): Records {
		const middle = Rows.lengthOf(count);
		return new Records(
			new SharedText(text),
			Rows.from(tables.subarray(0, middle)),
			Rows.from(tables.subarray(middle)),
		);
	}
}
