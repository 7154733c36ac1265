import type { Activity } from '../activity/activity';
import { actorOf } from '../activity/actor';
import { severityOf } from '../activity/severity';
import { isAtLeast, type Severity } from '../activity/severity-scale';
import { fingerprint } from '../fingerprint';
import { isPlausible, SECOND_MS, wholeSecond } from '../instant';
import { parseExactly } from '../json/exact-json';
import { fieldsOf, textOf } from '../json/json-value';
import { compileConditions, reader } from './condition';
import { EARLIER, LATER, type Rule, sequence, severalKinds } from './burst';
import type { Counters } from './counters';
import { Counting, kindOf } from './counting';
import { type Scalar, type Watch, windowOf } from './watch';

/** What of an activity is watched. */
export type Watched = Pick<Activity, 'id' | 'type' | 'createdAt' | 'userId' | 'json'>;

/** An activity that is worth a look. */
export interface Alert<A extends Watched = Activity> {
	readonly watch: Watch;
	/** Of a threshold or a sequence, the activity that completed it: a late one may be an earlier part. */
	readonly activity: A;
	/** How many it took: the threshold's count, 2 for a sequence, else 1. */
	readonly count: number;
}

/** Finds what an activity of one type means to one watch. */
interface Observer {
	readonly watch: Watch;
	/** Missing if nothing is asked of the record. */
	readonly holds: ((record: unknown) => boolean) | undefined;
	/** For a watch that counts. */
	readonly tally?: Tally;
}

/** How a watch counts. */
interface Tally {
	/** The fingerprint of all that decides what is counted: changed watches count anew. */
	readonly watch: string;
	readonly rule: Rule;
	readonly count: number;
	readonly keyOf: (record: LazyRecord) => string | undefined;
	readonly hashOf: (key: string) => string;
	readonly kindsOf: (record: LazyRecord) => readonly string[];
}

/** What is known of the activities of a batch. */
export interface WatchOptions {
	/**
	 * In milliseconds since the epoch. An activity dated later counts as of then: else a single one would
	 * be taken as the present, and the real one be forgotten until then.
	 */
	readonly latest?: number;
	/** How late an activity may appear, in milliseconds: for so long, keys are remembered. */
	readonly lateness?: number;
}

/** Looks for alerts among activities. */
export class Watcher {
	readonly #observers = new Map<string, Observer[]>();
	readonly #counting = new Set<string>();

	/**
	 * @param watches with different ids, as `parseWatches` returns them, or `defaultWatches`
	 * @throws RangeError for a time that `windowOf` does not read
	 */
	constructor(watches: readonly Watch[]) {
		for (const watch of watches) this.#add(watch);
	}

	/**
	 * Watches the activities of a batch. Records of types without a watch are not parsed.
	 *
	 * @param counters what the batches before have left; it stays as it is
	 * @returns the alerts in the order of the activities, and what to go on with once they are delivered
	 * @throws Error as `json` of an activity does
	 */
	watch<A extends Watched>(
		activities: Iterable<A>,
		counters: Counters,
		{ latest = Infinity, lateness = 0 }: WatchOptions = {},
	): { alerts: Alert<A>[]; counters: Counters } {
		const alerts: Alert<A>[] = [];
		const counting = new Counting(counters, this.#counting, Math.ceil(lateness / SECOND_MS));
		for (const activity of activities) {
			const observers = this.#observers.get(activity.type);
			if (!observers) continue;
			const record = new LazyRecord(activity);
			for (const { watch, holds, tally } of observers) {
				if (holds && !holds(record.value)) continue;
				if (tally && !completes(tally, activity, record, counting, latest)) continue;
				alerts.push({ watch, activity, count: tally?.count ?? 1 });
			}
		}
		return { alerts, counters: counting.end() };
	}

	#add(watch: Watch): void {
		const tally = tallyOf(watch);
		if (tally) this.#counting.add(tally.watch);
		const observer = { watch, holds: holdsOf(watch), ...(tally && { tally }) };
		for (const type of new Set(watch.types)) this.#observe(type, observer);
		const { after } = watch;
		if (!after || !tally) return;
		const earlier = {
			watch,
			holds: holdsOf(after),
			tally: { ...tally, kindsOf: () => [EARLIER] },
		};
		for (const type of new Set(after.types)) this.#observe(type, earlier);
	}

	#observe(type: string, observer: Observer): void {
		const observers = this.#observers.get(type);
		if (observers) observers.push(observer);
		else this.#observers.set(type, [observer]);
	}
}

/**
 * How severe an activity is: as severe as its record is by itself, or as the most severe of the watches
 * that it set off.
 */
export function severityWith(record: unknown, watches: readonly Watch[]): Severity {
	return [severityOf(record), ...watches.map(({ severity }) => severity)].reduce((one, other) =>
		isAtLeast(one, other) ? one : other,
	);
}

/** Counts an activity, and says whether it completes what the watch waits for. */
function completes(
	{ watch, rule, keyOf, hashOf, kindsOf }: Tally,
	{ createdAt }: Watched,
	record: LazyRecord,
	counting: Counting,
	latest: number,
): boolean {
	const key = keyOf(record);
	const counted = wholeSecond(Math.min(createdAt, latest));
	if (key === undefined || !isPlausible(counted)) return false;
	const hash = hashOf(key);
	const time = counted / SECOND_MS;
	let alerts = false;
	for (const kind of kindsOf(record)) {
		if (counting.add(watch, hash, kind, time, rule)) alerts = true;
	}
	return alerts;
}

function tallyOf({ id, types, conditions, threshold, after }: Watch): Tally | undefined {
	const within = (threshold ?? after)?.within;
	if (within === undefined) return undefined;
	const window = windowOf(within);
	if (window === undefined) throw new RangeError(`The watch ${id} has no time that can be used.`);
	// Of the fields in one order, whatever order a file has.
	const watch = fingerprint(
		JSON.stringify([
			id,
			types,
			valuesOf(conditions),
			threshold && [threshold.count, threshold.within, threshold.by, threshold.distinct],
			after && [after.types, valuesOf(after.conditions), after.within, after.by],
		]),
	);
	const counted = { watch, hashOf: keyHash(watch) };
	if (after) {
		const kindsOf = () => [LATER];
		return { ...counted, rule: sequence(window), count: 2, keyOf: keyReader(after.by), kindsOf };
	}
	const { count, by, distinct } = threshold!;
	const rule = severalKinds(count, window);
	return { ...counted, rule, count, keyOf: keyReader(by), kindsOf: kindsReader(distinct) };
}

function valuesOf(conditions: Watch['conditions'] = []): unknown[] {
	return conditions.map((each) => [each.path, each.operator, 'value' in each && each.value]);
}

/** Hashes the keys of a watch. Few of them recur in most records, so their hashes are kept at hand. */
function keyHash(watch: string): (key: string) => string {
	const hashes = new Map<string, string>();
	return (key) => {
		const known = hashes.get(key);
		if (known !== undefined) return known;
		const hash = fingerprint(JSON.stringify([watch, key]));
		if (hashes.size >= MAX_KEYS) hashes.clear();
		if (key.length <= MAX_KEY_LENGTH) hashes.set(key, hash);
		return hash;
	};
}

/** The most keys of a watch whose hashes are at hand, and the longest, in UTF-16 units. */
const MAX_KEYS = 2000;
const MAX_KEY_LENGTH = 200;

/** Of one record, no more values count as different ones. */
const MAX_VALUES = 100;

/** Whose activities count together; `undefined` for what has no such value, which does not count. */
function keyReader(by: string): (record: LazyRecord) => string | undefined {
	if (by === 'actor') return (record) => record.actorKey;
	if (by === 'organization') return ({ value }) => organizationKeyOf(value);
	const texts = textsReader(by);
	return ({ value }) => texts(value)[0];
}

/** What is counted: each activity, or the different values. */
function kindsReader(distinct: string | undefined): (record: LazyRecord) => readonly string[] {
	if (distinct === undefined) return ({ id }) => [kindOf(id)];
	if (distinct === 'actor' || distinct === 'organization') {
		const keyOf = keyReader(distinct);
		return (record) => [keyOf(record) ?? []].flat().map(kindOf);
	}
	const texts = textsReader(distinct);
	return ({ value }) => [...new Set(texts(value))].slice(0, MAX_VALUES).map(kindOf);
}

/** The values at a path, as texts. Lists, objects and empty texts are none. */
function textsReader(path: string): (record: unknown) => string[] {
	const values = reader(path);
	return (record) =>
		values(record)
			.filter((value) => isScalar(value) && value !== '')
			.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
}

function holdsOf({ conditions }: Pick<Watch, 'conditions'>): Observer['holds'] {
	return conditions && compileConditions(conditions);
}

/** A record that is parsed only for a watch that asks for more than its actor. */
class LazyRecord {
	#parsed: { readonly value: unknown } | undefined;

	constructor(private readonly activity: Watched) {}

	get id(): string {
		return this.activity.id;
	}

	get value(): unknown {
		this.#parsed ??= { value: parseExactly(this.activity.json) };
		return this.#parsed.value;
	}

	/**
	 * Whose activities count together by `actor`: the stable id of a user, else the name of the actor, else
	 * its address. A failed sign-in may lack a name.
	 */
	get actorKey(): string | undefined {
		const { userId } = this.activity;
		if (userId !== '') return userId;
		const { name, ipAddress } = actorOf(this.value);
		const { issuer, provider } = fieldsOf(fieldsOf(this.value).actor);
		// A subject means something to its issuer alone.
		const issuedBy = textOf(issuer) ?? textOf(provider);
		if (name !== null && issuedBy !== undefined) return JSON.stringify([issuedBy, name]);
		return name ?? ipAddress ?? undefined;
	}
}

function organizationKeyOf(record: unknown): string | undefined {
	const { organization_uuid: uuid, organization_id: id } = fieldsOf(record);
	return textOf(uuid) ?? textOf(id);
}

function isScalar(value: unknown): value is Scalar {
	return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
