import { type Activity, COMPLIANCE_API_ACCESSED } from '../activity/activity';
import { packDatedKeys, unpackDatedKeys } from './dated-keys';
import { fingerprint, FINGERPRINT_BYTES } from '../fingerprint';
import { type Fingerprints } from './fingerprints';
import { type Instant, toInstant, wholeSecond } from '../instant';
import { fieldsOf, stringOf } from '../json/json-value';
import { type LoggedRequest, nameOfRequest } from '../api/request-log';
import { product } from '../product';

/** How long after its end a request's activity may appear. After that, the request is forgotten. */
export const OWN_REQUEST_LAG_MS = 2 * 60_000;
/**
 * How much earlier than its request an activity may be dated, because their times come from
 * different clocks.
 */
const EARLY_MS = 10_000;
/** How long after a request its activity is surely in the feed. Mostly it takes a second. */
const RIPE_MS = 30_000;

/** The length of a fingerprint, in hex digits. */
const FINGERPRINT_LENGTH = 2 * FINGERPRINT_BYTES;
/** The name of a request of which only the `request-id` is known. */
const NAMELESS = '0'.repeat(FINGERPRINT_LENGTH);

/** An own request whose activity has not appeared yet. */
export interface OpenRequest {
	/** Fingerprint of its `request-id`. */
	readonly id: string;
	/** Fingerprint of its name by `nameOfRequest`. */
	readonly name: string;
	/** The second until which its activity may appear. */
	readonly until: Instant;
	/** Whether its answer is known to have had no `request-id`. */
	readonly anonymous: boolean;
}

/** The recognised activities of a page. */
export interface Recognition {
	/** The activities that own requests have caused, each with its request. */
	readonly own: ReadonlyMap<Activity, OpenRequest>;
	/** Whether a new activity may be caused by an own request, but not certainly. */
	readonly doubtful: boolean;
}

/** An activity that an own request may have caused. */
interface Candidate {
	readonly activity: Activity;
	readonly known: boolean;
	/** As in an open request; `undefined` if the activity does not describe its request. */
	readonly name: string | undefined;
	/** Whether it names this package as the client. */
	readonly byProduct: boolean;
	/** Fingerprint of the id of its key. */
	readonly key: string | undefined;
}

/**
 * The own requests whose activities have not appeared yet. Each has two names: the `request-id` of
 * its answer, and the name by `nameOfRequest`. The second name helps if something in between removes
 * or replaces the header. It is not enough by itself, because others may make the same request. So
 * the key must match, too, and each request accounts for one activity only. In case of doubt, an
 * activity does not count as own.
 */
export class OwnRequests {
	/** Fingerprint of the id of the key in the last recognised activity of an own request. */
	key: string | null = null;
	readonly #open = new Map<string, OpenRequest>();
	/** Whether a request has been recognised by its id… */
	#identified = false;
	/** …or by its name. */
	#named = false;

	get size(): number {
		return this.#open.size;
	}

	/**
	 * Adds a request, once.
	 *
	 * @param least the earliest time of the request, if its own time is not known
	 */
	add({ id, anonymous, name, at }: LoggedRequest, least: Instant): void {
		this.#put({
			id: fingerprint(id),
			name: name === undefined || at === undefined ? NAMELESS : fingerprint(name),
			until: wholeSecond(toInstant((at ?? least) + OWN_REQUEST_LAG_MS)),
			anonymous,
		});
	}

	/** Adds the requests of another set, and its key if this set knows none. */
	adopt(other: OwnRequests): void {
		this.key ??= other.key;
		for (const request of other.#open.values()) this.#put(request);
	}

	/** Drops requests that no longer matter at `instant`. */
	prune(instant: Instant): void {
		for (const [place, { until }] of this.#open) if (until < instant) this.#open.delete(place);
	}

	/** Drops requests that matter after `instant`. */
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

	/** Removes a request, because its activity has appeared. */
	close(request: OpenRequest): void {
		this.#open.delete(entryOf(request));
	}

	/**
	 * Finds the activities of a page that own requests have caused. It closes the requests of known
	 * activities. The caller closes the requests of new ones.
	 *
	 * @param isKnown whether an activity is already known
	 * @param present server time of the page's request
	 */
	recognize(
		page: readonly Activity[],
		isKnown: (activity: Activity) => boolean,
		present: Instant | undefined,
	): Recognition {
		const own = new Map<Activity, OpenRequest>();
		if (this.size === 0) return { own, doubtful: false };
		const accesses = page.filter(({ type }) => type === COMPLIANCE_API_ACCESSED);
		if (accesses.length === 0) return { own, doubtful: false };
		const requests = new Set(this.#open.values());
		const others = this.#recognizeById(accesses, requests, own);
		const candidates = candidatesIn(others, requests, isKnown);
		const isRipe = (request: OpenRequest) => madeAt(request) + RIPE_MS <= (present ?? -Infinity);
		this.#recognizeByName(candidates, requests, own, isRipe);
		for (const [activity, request] of own) if (isKnown(activity)) this.close(request);
		const overdue = [...requests].filter(isRipe);
		return { own, doubtful: candidates.some((each) => this.#isDoubtful(each, own, overdue)) };
	}

	/** @returns the activities of requests whose ids differ */
	#recognizeById(
		accesses: readonly Activity[],
		requests: Set<OpenRequest>,
		own: Map<Activity, OpenRequest>,
	): Activity[] {
		const byId = new Map([...requests].map((request) => [request.id, request]));
		const others = new Map<string, Activity>();
		const recognised = new Set<string>();
		for (const activity of accesses) {
			const { id, requestId } = activity;
			// A page may show an activity twice. The first one counts.
			if (recognised.has(id) || others.has(id)) continue;
			const request = requestId === undefined ? undefined : byId.get(fingerprint(requestId));
			if (!request || !requests.delete(request)) {
				others.set(id, activity);
				continue;
			}
			recognised.add(id);
			this.#identified = true;
			own.set(activity, request);
			this.key = candidateOf(activity, false).key ?? this.key;
		}
		return [...others.values()];
	}

	#recognizeByName(
		candidates: readonly Candidate[],
		requests: Set<OpenRequest>,
		own: Map<Activity, OpenRequest>,
		isRipe: (request: OpenRequest) => boolean,
	): void {
		for (const { activity, name, byProduct, key } of candidates) {
			if (name === undefined || !byProduct || key === undefined) continue;
			const possible = [...requests]
				.filter((request) => request.name === name && mayBeOf(request, activity))
				.sort((one, other) => distance(one, activity) - distance(other, activity));
			const request = possible.find((each) => {
				// Where ids are reliable, its activity may still arrive with its id, and an equal request of
				// somebody else may come first.
				const idsTell = !each.anonymous && (this.#identified || !this.#named);
				if (!isRipe(each)) return !idsTell && key === this.key;
				return key === this.key || keysFor(each, candidates).size === 1;
			});
			if (!request) continue;
			requests.delete(request);
			own.set(activity, request);
			this.#named = true;
			this.key = key;
		}
	}

	/** Whether an activity is new, and a request without an activity may have caused it. */
	#isDoubtful(
		{ activity, known, name, key }: Candidate,
		own: ReadonlyMap<Activity, OpenRequest>,
		overdue: readonly OpenRequest[],
	): boolean {
		const foreign = key !== undefined && this.key !== null && key !== this.key;
		if (known || foreign || own.has(activity)) return false;
		return overdue.some(
			(request) => (name === undefined || name === request.name) && mayBeOf(request, activity),
		);
	}

	#put(request: OpenRequest): void {
		const place = entryOf(request);
		const before = this.#open.get(place);
		if (!before || request.anonymous) this.#open.set(place, request);
	}

	/** The requests in base64, 21 bytes each: id, name, and until when it matters. */
	encode(): string {
		const requests = [...this.#open.values()];
		const entries = requests.map(({ id, name, until }) => [id + name, until] as const);
		return packDatedKeys(entries, requests.length, 2 * FINGERPRINT_BYTES);
	}

	/** @returns `undefined` if the text does not have the form of `encode` */
	static decode(text: string): OwnRequests | undefined {
		const requests = new OwnRequests();
		const take = (key: string, until: Instant) => {
			const id = key.slice(0, FINGERPRINT_LENGTH);
			requests.#put({ id, name: key.slice(FINGERPRINT_LENGTH), until, anonymous: false });
		};
		return unpackDatedKeys(text, 2 * FINGERPRINT_BYTES, take) ? requests : undefined;
	}

	/** Reads the form of version 2, which has only the `request-id`s. */
	static fromIds(ids: Fingerprints): OwnRequests {
		const requests = new OwnRequests();
		for (const [id, until] of ids.entries()) {
			requests.#put({ id, name: NAMELESS, until, anonymous: false });
		}
		return requests;
	}
}

/** Requests are the same if all of this is: a gateway may give every answer one and the same id. */
function entryOf({ id, name, until }: OpenRequest): string {
	return name === NAMELESS ? id : `${id} ${name} ${until}`;
}

function madeAt({ until }: OpenRequest): number {
	return until - OWN_REQUEST_LAG_MS;
}

/** Whether an activity has a time that a request's activity may have. */
function mayBeOf(request: OpenRequest, { createdAt }: Activity): boolean {
	return createdAt >= madeAt(request) - EARLY_MS && createdAt <= request.until;
}

function distance(request: OpenRequest, { createdAt }: Activity): number {
	return Math.abs(createdAt - madeAt(request));
}

/**
 * The activities that requests may have caused. Known ones come first, because they already account
 * for their requests.
 */
function candidatesIn(
	activities: readonly Activity[],
	requests: ReadonlySet<OpenRequest>,
	isKnown: (activity: Activity) => boolean,
): Candidate[] {
	const made = [...requests].map(madeAt);
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
	const described =
		typeof method === 'string' && typeof url === 'string' && typeof status === 'number';
	const name = described ? nameOfRequest(method, url, status) : undefined;
	return {
		activity,
		known,
		name: name === undefined ? undefined : fingerprint(name),
		byProduct: stringOf(agent)?.startsWith(`${product.name}/`) ?? false,
		key: typeof key === 'string' ? fingerprint(key) : undefined,
	};
}

/**
 * The keys of all activities that look like this request. It contains `undefined` if one of them
 * names no key.
 */
function keysFor(request: OpenRequest, candidates: readonly Candidate[]): Set<string | undefined> {
	const same = candidates.filter(
		({ activity, name, byProduct }) =>
			name === request.name && byProduct && mayBeOf(request, activity),
	);
	return new Set(same.map(({ key }) => key));
}
