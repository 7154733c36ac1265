/** A row of the model's feed. Rows of which it shows nothing are there, too: a page may end at one. */
export interface Row {
	/** The id by which the model knows it. */
	readonly key: string;
	readonly type: string;
	/** The time the feed sorts it by, in microseconds since the epoch. */
	readonly sorted: number;
	/** The time that filters judge, in microseconds since the epoch. */
	readonly compared: number;
	/** From when on it is shown, in milliseconds since the epoch. */
	readonly visibleAt: number;
	/** Whether it has an id and a time that can be read. */
	readonly readable: boolean;
	/** Whether it only makes pages end. */
	readonly hidden: boolean;
	/** The `request_id` it is served with. */
	readonly requestId: string | undefined;
	/** How it is served, as JSON. */
	readonly text: string;
	/** How it is served from some time on, in milliseconds since the epoch. */
	readonly grown: { readonly at: number; readonly text: string } | undefined;
}

/** A place between rows. */
export interface Place {
	readonly key: string;
	/** In microseconds since the epoch. */
	readonly sorted: number;
}

/** Feed order: by time, then by id. */
export function isBehind(one: Place, other: Place): boolean {
	return one.sorted > other.sorted || (one.sorted === other.sorted && one.key > other.key);
}

/** The row's JSON at some time, in milliseconds since the epoch. */
export function textAt(row: Row, now: number): string {
	return row.grown && now >= row.grown.at ? row.grown.text : row.text;
}
