import { isBehind, type Place, type Row } from './row';

/** The query of a page. Bounds are microseconds since the epoch. */
export interface Question {
	readonly after: number | undefined;
	readonly from: number | undefined;
	readonly to: number | undefined;
	readonly only: readonly string[];
	readonly except: readonly string[];
	readonly limit: number;
	/** Where the previous page ended. */
	readonly place: Place | undefined;
}

export interface Shown {
	readonly rows: readonly Row[];
	/** Where the page ends; `undefined` if no row is left to look at. */
	readonly end: Place | undefined;
	/** Whether there are more rows behind it. */
	readonly more: boolean;
}

/** All rows of the model's feed, in feed order, oldest first. */
export class World {
	readonly rows: Row[] = [];
	readonly #byKey = new Map<string, Row>();

	add(row: Row): void {
		let low = 0;
		let high = this.rows.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (isBehind(this.rows[middle]!, row)) high = middle;
			else low = middle + 1;
		}
		this.rows.splice(low, 0, row);
		this.#byKey.set(row.key, row);
	}

	find(key: string): Row | undefined {
		return this.#byKey.get(key);
	}

	/** What the feed shows now, in milliseconds since the epoch. */
	show(question: Question, now: number): Shown {
		const { limit, place } = question;
		const rows: Row[] = [];
		let end: Place | undefined;
		let full = false;
		for (const row of this.rows) {
			if (row.visibleAt > now || (place && !isBehind(row, place)) || !passes(row, question))
				continue;
			if (full) {
				if (!row.hidden) return { rows, end, more: true };
			} else if (row.hidden) {
				full = true;
				end ??= row;
			} else {
				rows.push(row);
				end = row;
				full = rows.length === limit;
			}
		}
		return { rows, end: rows.at(-1), more: false };
	}
}

function passes(row: Row, { after, from, to, only, except }: Question): boolean {
	const { compared, type, hidden } = row;
	if (after !== undefined && compared <= after) return false;
	if (from !== undefined && compared < from) return false;
	if (to !== undefined && compared > to) return false;
	// Hidden rows have a type that nobody asks for.
	return hidden || ((only.length === 0 || only.includes(type)) && !except.includes(type));
}
