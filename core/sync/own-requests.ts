import { type Activity, COMPLIANCE_API_ACCESSED } from '../activity/activity';
import { packDatedKeys, unpackDatedKeys } from './dated-keys';
import { fingerprint, FINGERPRINT_BYTES } from '../fingerprint';
import { type Fingerprints } from './fingerprints';
import { type Instant, toInstant, wholeSecond } from '../instant';
import { fieldsOf, textOf } from '../json/json-value';
import { nameOfRequest, type OwnCall } from '../api/own-calls';
import { product } from '../product';

/** The activity of an own call appears within a minute of its end; it is not waited for any longer. */
export const OWN_REQUEST_LAG_MS = 2 * 60_000;
/** An activity may be dated so much before its call, whose time comes from another clock. */
const EARLY_MS = 10_000;
/** So long after a call, its activity is in the feed: mostly it takes a second. */
const RIPE_MS = 30_000;

/** Of a fingerprint in hex. */
const FINGERPRINT_LENGTH = 2 * FINGERPRINT_BYTES;
/** The name of a call of which only the `request-id` is known. */
const NAMELESS = '0'.repeat(FINGERPRINT_LENGTH);

/** An own call whose activity has not come by yet. */
export interface OpenCall {
	/** Fingerprint of its `request-id`. */
	readonly id: string;
	/** Fingerprint of what `nameOfRequest` says. */
	readonly name: string;
	/** The second until which its activity may come. */
	readonly until: Instant;
	/** Whether its answer is known to have had no `request-id`. */
	readonly anonymous: boolean;
}

/** What is recognised on a page. */
export interface Recognition {
	/** The activities that own calls have caused, each with its call. */
	readonly own: ReadonlyMap<Activity, OpenCall>;
	/** Whether there is a new one that may be an own one, but is not certain to be. */
	readonly doubtful: boolean;
}

/** An activity that may tell of an own call. */
interface Candidate {
	readonly activity: Activity;
	readonly known: boolean;
	/** As in an open call; `undefined` where it does not say what was asked. */
	readonly name: string | undefined;
	/** Whether it names this package as who asked. */
	readonly byProduct: boolean;
	/** Fingerprint of the id of the key that was used. */
	readonly key: string | undefined;
}

/**
 * The own calls whose activities are still to come by, each by two names: the `request-id` of its
 * answer, and what was asked. The second one serves where the first tells nothing, because something
 * in between takes the header away or writes its own. It is not enough: others may ask the same. So
 * the key has to be ours as well, and each call accounts for one activity only; when in doubt, an
 * activity is not an own one.
 */
export class OwnRequests {
	/** Fingerprint of the id of the key that own calls were last seen to be made with. */
	key: string | null = null;
	readonly #open = new Map<string, OpenCall>();
	/** Whether a call has been recognised by its id… */
	#identified = false;
	/** …or by what was asked. */
	#named = false;

	get size(): number {
		return this.#open.size;
	}

	/**
	 * Adds a call, once.
	 *
	 * @param least when it was made at the earliest, where its own time is not known
	 */
	add({ id, anonymous, name, at }: OwnCall, least: Instant): void {
		this.#put({
			id: fingerprint(id),
			name: name === undefined || at === undefined ? NAMELESS : fingerprint(name),
			until: wholeSecond(toInstant((at ?? least) + OWN_REQUEST_LAG_MS)),
			anonymous,
		});
	}

	/** Adds all of another one; what it knows of the key serves where nothing is known here. */
	adopt(other: OwnRequests): void {
		this.key ??= other.key;
		for (const call of other.#open.values()) this.#put(call);
	}

	/** Drops calls that matter no longer than before `instant`. */
	prune(instant: Instant): void {
		for (const [place, { until }] of this.#open) if (until < instant) this.#open.delete(place);
	}

	/** Drops calls that matter after `instant`. */
	pruneAfter(instant: Instant): void {
		for (const [place, { until }] of this.#open) if (until > instant) this.#open.delete(place);
	}

	/** Drops the oldest until no more than `size` are left. */
	shrink(size: number): void {
		const excess = this.size - size;
		if (excess <= 0) return;
		const all = [...this.#open].sort(([, one], [, other]) => one.until - other.until);
		for (const [place] of all.slice(0, excess)) this.#open.delete(place);
	}

	/** Takes a call out: its activity has come by. */
	close(call: OpenCall): void {
		this.#open.delete(placeOf(call));
	}

	/**
	 * Tells which activities of a page own calls have caused. The calls of those that are known are
	 * closed; those of new ones are for whoever takes them to close.
	 *
	 * @param isKnown whether an activity was there before
	 * @param present server time when the page was asked for
	 */
	recognize(
		page: readonly Activity[],
		isKnown: (activity: Activity) => boolean,
		present: Instant | undefined,
	): Recognition {
		const own = new Map<Activity, OpenCall>();
		const accesses = page.filter(({ type }) => type === COMPLIANCE_API_ACCESSED);
		if (accesses.length === 0 || this.size === 0) return { own, doubtful: false };
		const calls = new Set(this.#open.values());
		const others = this.#recognizeById(accesses, calls, own);
		const candidates = candidatesIn(others, calls, isKnown);
		const isRipe = (call: OpenCall) => madeAt(call) + RIPE_MS <= (present ?? -Infinity);
		this.#recognizeByName(candidates, calls, own, isRipe);
		for (const [activity, call] of own) if (isKnown(activity)) this.close(call);
		const overdue = [...calls].filter(isRipe);
		return { own, doubtful: candidates.some((each) => this.#isDoubtful(each, own, overdue)) };
	}

	/** @returns the activities of calls that have other ids */
	#recognizeById(
		accesses: readonly Activity[],
		calls: Set<OpenCall>,
		own: Map<Activity, OpenCall>,
	): Activity[] {
		const byId = new Map([...calls].map((call) => [call.id, call]));
		const others = new Map<string, Activity>();
		const recognised = new Set<string>();
		for (const activity of accesses) {
			const { id, requestId } = activity;
			// A page may show one of them twice: the first one counts.
			if (recognised.has(id) || others.has(id)) continue;
			const call = requestId === undefined ? undefined : byId.get(fingerprint(requestId));
			if (!call || !calls.delete(call)) {
				others.set(id, activity);
				continue;
			}
			recognised.add(id);
			this.#identified = true;
			own.set(activity, call);
			this.key = candidateOf(activity, false).key ?? this.key;
		}
		return [...others.values()];
	}

	#recognizeByName(
		candidates: readonly Candidate[],
		calls: Set<OpenCall>,
		own: Map<Activity, OpenCall>,
		isRipe: (call: OpenCall) => boolean,
	): void {
		for (const { activity, name, byProduct, key } of candidates) {
			if (name === undefined || !byProduct || key === undefined) continue;
			const possible = [...calls]
				.filter((call) => call.name === name && isOf(call, activity))
				.sort((one, other) => distance(one, activity) - distance(other, activity));
			const call = possible.find((each) => {
				// Where ids tell, it may yet come by its own; and who else asks the same may come first.
				const idsTell = !each.anonymous && (this.#identified || !this.#named);
				if (!isRipe(each)) return !idsTell && key === this.key;
				return key === this.key || keysFor(each, candidates).size === 1;
			});
			if (!call) continue;
			calls.delete(call);
			own.set(activity, call);
			this.#named = true;
			this.key = key;
		}
	}

	/** Whether an activity is new, and may be that of a call which is still without one. */
	#isDoubtful(
		{ activity, known, name, key }: Candidate,
		own: ReadonlyMap<Activity, OpenCall>,
		overdue: readonly OpenCall[],
	): boolean {
		const foreign = key !== undefined && this.key !== null && key !== this.key;
		if (known || foreign || own.has(activity)) return false;
		return overdue.some(
			(call) => (name === undefined || name === call.name) && isOf(call, activity),
		);
	}

	#put(call: OpenCall): void {
		const place = placeOf(call);
		const before = this.#open.get(place);
		if (!before || call.anonymous) this.#open.set(place, call);
	}

	/** The calls in base64, 21 bytes each: id, name, and until when it matters. */
	encode(): string {
		const calls = [...this.#open.values()];
		const entries = calls.map(({ id, name, until }) => [id + name, until] as const);
		return packDatedKeys(entries, calls.length, 2 * FINGERPRINT_BYTES);
	}

	/** @returns `undefined` when the text is not what `encode` writes */
	static decode(text: string): OwnRequests | undefined {
		const calls = new OwnRequests();
		const take = (key: string, until: Instant) => {
			const id = key.slice(0, FINGERPRINT_LENGTH);
			calls.#put({ id, name: key.slice(FINGERPRINT_LENGTH), until, anonymous: false });
		};
		return unpackDatedKeys(text, 2 * FINGERPRINT_BYTES, take) ? calls : undefined;
	}

	/** What format version 2 knew: the `request-id`s alone. */
	static fromIds(ids: Fingerprints): OwnRequests {
		const calls = new OwnRequests();
		for (const [id, until] of ids.entries()) {
			calls.#put({ id, name: NAMELESS, until, anonymous: false });
		}
		return calls;
	}
}

/** Calls are the same if all of this is: a gateway may give every answer one and the same id. */
function placeOf({ id, name, until }: OpenCall): string {
	return name === NAMELESS ? id : `${id} ${name} ${until}`;
}

function madeAt({ until }: OpenCall): number {
	return until - OWN_REQUEST_LAG_MS;
}

/** Whether an activity happened when that of a call may have. */
function isOf(call: OpenCall, { createdAt }: Activity): boolean {
	return createdAt >= madeAt(call) - EARLY_MS && createdAt <= call.until;
}

function distance(call: OpenCall, { createdAt }: Activity): number {
	return Math.abs(createdAt - madeAt(call));
}

/** The activities that may be those of calls; known ones first, since their calls are spoken for. */
function candidatesIn(
	activities: readonly Activity[],
	calls: ReadonlySet<OpenCall>,
	isKnown: (activity: Activity) => boolean,
): Candidate[] {
	const made = [...calls].map(madeAt);
	const oldest = made.reduce((one, other) => Math.min(one, other), Infinity) - EARLY_MS;
	return activities
		.filter(({ createdAt }) => createdAt >= oldest)
		.map((activity) => candidateOf(activity, isKnown(activity)))
		.sort((one, other) => Number(other.known) - Number(one.known));
}

function candidateOf(activity: Activity, known: boolean): Candidate {
	const record: unknown = JSON.parse(activity.json);
	const { url, status_code: status, request_method: method, actor } = fieldsOf(record);
	const { user_agent: agent, api_key_id: key } = fieldsOf(actor);
	const told = typeof method === 'string' && typeof url === 'string' && typeof status === 'number';
	const name = told ? nameOfRequest(method, url, status) : undefined;
	return {
		activity,
		known,
		name: name === undefined ? undefined : fingerprint(name),
		byProduct: textOf(agent)?.startsWith(`${product.name}/`) ?? false,
		key: typeof key === 'string' ? fingerprint(key) : undefined,
	};
}

/** With which keys what a call asked was asked then; `undefined` among them where one does not tell. */
function keysFor(call: OpenCall, candidates: readonly Candidate[]): Set<string | undefined> {
	const same = candidates.filter(
		({ activity, name, byProduct }) => name === call.name && byProduct && isOf(call, activity),
	);
	return new Set(same.map(({ key }) => key));
}
