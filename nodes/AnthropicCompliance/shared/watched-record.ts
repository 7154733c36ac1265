import {
	type Activity,
	type Batch,
	type ApiClient,
	Counters,
	defaultWatches,
	fieldsOf,
	latestCounted,
	parseExactly,
	type Severity,
	severityWith,
	Unreadable,
	type Watch,
	Watcher,
} from '../../../core';
import { now } from './transport';

/** Looks for alerts of the default watches. What they count is kept elsewhere. */
export const watcher = new Watcher(defaultWatches);

/** A record of the feed with the watches that it set off. It is parsed only if that is needed, and once. */
export class WatchedRecord {
	#fields: object | undefined;
	#severity: Severity | undefined;

	constructor(
		readonly record: Activity | Unreadable,
		readonly watches: readonly Watch[],
	) {}

	/** The record's own fields; none if it is any other JSON value. Numbers that JavaScript would round are text. */
	get fields(): object {
		return (this.#fields ??= fieldsOf(parseExactly(this.record.json)));
	}

	/** That of the record by itself, or of the most severe of the watches. */
	get severity(): Severity {
		return (this.#severity ??= severityWith(this.fields, this.watches));
	}
}

/** The records of a batch, the unreadable ones last. Only activities set off watches. */
export function* watchedIn({ activities, alerts, unreadable }: Batch): Generator<WatchedRecord> {
	const watches = new Map<Activity, Watch[]>();
	for (const { activity, watch } of alerts) {
		watches.set(activity, [...(watches.get(activity) ?? []), watch]);
	}
	for (const record of [...activities, ...unreadable]) {
		yield new WatchedRecord(
			record,
			record instanceof Unreadable ? [] : (watches.get(record) ?? []),
		);
	}
}

/**
 * A function that watches records one after the other. It counts from zero.
 *
 * @param client which the records come from
 */
export function watchingInOrder({
	clock,
}: Pick<ApiClient, 'clock'>): (record: Activity | Unreadable) => WatchedRecord {
	let counters = Counters.NONE;
	return (record) => {
		if (record instanceof Unreadable) return new WatchedRecord(record, []);
		const startedAt = now();
		const readAt = clock.at(startedAt);
		// As long as the clocks differ too much to be believed, each record counts as of its own time.
		const latest = readAt === undefined ? Infinity : latestCounted({ readAt, startedAt });
		const found = watcher.watch([record], counters, { latest });
		counters = found.counters;
		return new WatchedRecord(
			record,
			found.alerts.map(({ watch }) => watch),
		);
	};
}
