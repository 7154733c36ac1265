/** A row of the model's feed. Some rows are never shown, but a page may end at one. */
export interface Row {
	/** Its id in the model. */
	readonly key: string;
	readonly type: string;
	/** The time the feed sorts it by, in microseconds since the epoch. */
	readonly sorted: number;
	/** The time that filters judge, in microseconds since the epoch. */
	readonly compared: number;
	/** When it appears, in milliseconds since the epoch. */
	readonly visibleAt: number;
	/** Whether its id and its time are readable. */
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
