import catalogue from '../../../core/activity/catalogue/activity-types.json' with { type: 'json' };
import { encodeCursor } from './cursor';
import { FeedError, errorBody } from './errors';
import { FaultScript } from './faults';
import { FeedRows } from './feed-rows';
import { throughGateway } from './gateway';
import { ActivityGenerator, ORGANIZATIONS } from './generator';
import {
	ACCESS_KEY,
	READ_SCOPE,
	apiKeyId,
	isComplianceKey,
	isModelKey,
	scopesToRead,
} from './keys';
import { Nodes } from './nodes';
import { Organizations } from './organizations';
import { writePage } from './page';
import { parseQuery } from './query';
import { Random, hash } from './random';
import { RateLimit } from './rate-limit';
import { looksForward, selectRows } from './selection';
import { formatTimestamp, microsOf, parseTimestamp } from './timestamp';
import { wireRecord } from './wire-record';
import type { Clock } from './clock';
import type { Cursor } from './cursor';
import type {
	Delivery,
	Fault,
	FaultSchedule,
	HeaderChanges,
	PageFault,
	StatusFault,
} from './faults';
import type { FeedRow, NewRow, Position } from './feed-rows';
import type { AnswerHeaders } from './gateway';
import type { GenerateOptions } from './generator';
import type { KeyGrant } from './keys';
import type { Page } from './page';
import type { FeedQuery, QueryRules } from './query';
import type { Precision } from './timestamp';

export const ACTIVITIES_PATH = '/v1/compliance/activities';

/** The address of the API in its records, whatever the simulator's own address is. */
const ORIGIN = 'https://api.anthropic.com';
/** The accepted values of `anthropic-version`. The header may also be missing. */
const VERSIONS = ['2023-06-01', '2026-10-21'];
/** The positions before and after all rows. */
const BEGINNING: Position = { createdAtMicros: 0, key: '' };
const END: Position = { createdAtMicros: Date.UTC(2200, 0) * 1000, key: '' };

const NOTHING = Buffer.alloc(0);
/** The types of activities that name a file, a project document or an artifact, with the field of the name. */
const NAMING_TYPES = /^claude_(file|project_file|project_document|artifact)_/;
const NAME_FIELDS = ['filename', 'title'];

export interface ActivityFeedOptions extends QueryRules {
	/** All server-side time comes from here. */
	clock: Clock;
	/** The seed of everything random; default 1. */
	seed?: number;
	/** The valid keys; by default only `ACCESS_KEY`, with the scope that it needs. */
	keys?: Record<string, KeyGrant>;
	/** Default 600; Infinity switches the limit off. */
	requestsPerMinute?: number;
	/** The most rows a page holds, whatever `limit` allows; default 5000. */
	maxPageSize?: number;
	/** A fault for pages with more than `rows` rows; none by default. */
	heavyPages?: { rows: number; fault: StatusFault | { hang: true } };
	/** Whether requests leave activities; default true. */
	recordReads?: boolean;
	/** Milliseconds until such an activity can be queried; default 1000. */
	recordReadLag?: number;
	/** Types beyond the catalogue. They are also generated, with unknown actors and fields. */
	extraTypes?: string[];
	/**
	 * How many milliseconds the feed's own times are ahead of the clock; default 0. With a fraction,
	 * a clock of whole milliseconds counts fractions. The clock itself decides which rows queries
	 * find.
	 */
	clockAhead?: number;
	/**
	 * Whether the times of added objects without microseconds get some, up to half a millisecond;
	 * default false. Equal times get equal microseconds, so ties remain ties.
	 */
	addMicroseconds?: boolean;
	/**
	 * The precision of the times that records show. Order and filters keep the full precision. By
	 * default records show all digits, and added records remain unchanged.
	 */
	shownAs?: Precision;
	/** How many milliseconds the clocks of the nodes differ, which answer in turn; default 0. */
	nodeClocksApart?: number;
	/** Whether answers have `request-id`, or the id that something in between writes there; default true. */
	requestIds?: boolean | (() => string);
	/** Whether there is a gateway in between, which removes unknown headers; default false. */
	gateway?: boolean;
}

export interface AddOptions {
	/** When the activity happened, in microseconds since 1970; by default, the time that it shows. */
	at?: number;
	/** When it appears, in milliseconds of the clock; by default, when it happened. */
	visibleAt?: number;
}

export interface FeedRequest {
	/** Path and query, or absolute. */
	url: string;
	/** Default GET. */
	method?: string;
	headers: Record<string, string>;
}

/** An answer, and what a scripted fault does to it on its way. */
export interface Answer {
	/** 0 if there is no answer. */
	status: number;
	/** Names in lower case. */
	headers: AnswerHeaders;
	body: Buffer;
	delivery?: Delivery;
	/**
	 * How many milliseconds the clock of `Date` is ahead of the feed's clock; missing if no clock
	 * wrote it.
	 */
	dateAhead?: number;
}

/** A request that the feed has received. */
export interface SeenRequest {
	url: string;
	method: string;
	/** Names in lower case. */
	headers: Record<string, string>;
	/** The status of the answer; 0 if there was none. */
	status: number;
	requestId: string;
}

/** The Activity Feed without its sockets: its rows, and its answers. */
export class ActivityFeed {
	/** The requests so far. */
	readonly requests: SeenRequest[] = [];
	/** As in the options. */
	heavyPages: ActivityFeedOptions['heavyPages'];

	private readonly clock: Clock;
	/** The feed's clock. */
	private readonly ownClock: Clock;
	private readonly activities = new FeedRows();
	private readonly faults = new FaultScript();
	private readonly keys: Map<string, KeyGrant>;
	private readonly rateLimit: RateLimit;
	private readonly seed: number;
	private readonly extraTypes: readonly string[];
	/** It takes longer to make than most feeds of tests, which generate nothing. */
	private generator: ActivityGenerator | undefined;
	/** Separate from the generator's, so that requests do not change the generated activities. */
	private readonly ids: Random;
	private readonly maxPageSize: number;
	private readonly recordReads: boolean;
	private readonly recordReadLag: number;
	private readonly knownTypes: Set<string>;
	private readonly organizations = new Organizations();
	private readonly clockAhead: number;
	private readonly addMicroseconds: boolean;
	private readonly shownAs: Precision | undefined;
	private readonly nodes: Nodes;
	private readonly requestIds: boolean | (() => string);
	private readonly gateway: boolean;
	private readonly rules: QueryRules;
	private namesWithdrawn = false;

	constructor(options: ActivityFeedOptions) {
		const { seed = 1, extraTypes = [], clock, clockAhead = 0, shownAs } = options;
		this.clock = clock;
		this.ownClock = { now: () => clock.now() + clockAhead };
		this.clockAhead = clockAhead;
		this.keys = new Map(Object.entries(options.keys ?? { [ACCESS_KEY]: { scopes: [READ_SCOPE] } }));
		this.rateLimit = new RateLimit(options.requestsPerMinute ?? 600, this.ownClock);
		this.maxPageSize = options.maxPageSize ?? 5000;
		this.heavyPages = options.heavyPages;
		this.recordReads = options.recordReads ?? true;
		this.recordReadLag = options.recordReadLag ?? 1000;
		this.seed = seed;
		this.extraTypes = extraTypes;
		this.ids = new Random(~seed);
		this.knownTypes = new Set([...Object.keys(catalogue.types), ...extraTypes]);
		this.addMicroseconds = options.addMicroseconds ?? false;
		this.shownAs = shownAs;
		this.nodes = new Nodes(options.nodeClocksApart ?? 0, new Random(seed));
		this.requestIds = options.requestIds ?? true;
		this.gateway = options.gateway ?? false;
		this.rules = options;
		for (const { id, uuid } of ORGANIZATIONS) this.organizations.learn(id, uuid);
	}

	/** Adds generated activities, spread over the interval from `from` to `to`. */
	generate(options: GenerateOptions): void {
		this.generator ??= new ActivityGenerator(this.seed, this.extraTypes, this.shownAs);
		this.activities.insertAll(this.generator.rows(options));
		if (this.namesWithdrawn) this.withdrawNames();
	}

	/**
	 * Adds one activity exactly as given; a string is sent byte for byte. It appears when it
	 * happens, or at `visibleAt`. An object without an id gets one. A record without a readable time
	 * needs `at`.
	 */
	add(row: Record<string, unknown> | string, options: AddOptions = {}): FeedRow {
		const isText = typeof row === 'string';
		const activity = isText ? fieldsOf(row) : this.identified(row);
		const shown = timeOf(activity);
		const given = options.at ?? shown;
		if (given === undefined) throw new Error(`Not a timestamp: ${String(activity.created_at)}`);
		const isAsGiven = isText || options.at !== undefined;
		const micros = isAsGiven ? given : this.trueTime(given);
		if (!isAsGiven && (this.shownAs || micros !== given)) {
			activity.created_at = formatTimestamp(micros, this.shownAs);
		}

		const id = textOf(activity.id);
		const actor = activity.actor as { user_id?: unknown } | null | undefined;
		const served = this.asServed({
			id,
			key: id === '' ? this.newActivityId() : id,
			createdAtMicros: micros,
			visibleAt: options.visibleAt ?? given / 1000,
			json: isText ? row : JSON.stringify(activity),
			type: textOf(activity.type),
			organization: this.organizations.learn(activity.organization_id, activity.organization_uuid),
			userId: typeof actor?.user_id === 'string' ? actor.user_id : null,
			readable: id !== '' && shown !== undefined && isPlausible(shown),
		});
		const added = this.activities.insert(served);
		if (added.type !== '') this.knownTypes.add(added.type);
		return added;
	}

	/** The ground truth: every activity in feed order, visible or not. */
	rows(): readonly FeedRow[] {
		return this.activities.all;
	}

	/** Scripts a fault for the requests to come. */
	fail(fault: Fault, schedule?: FaultSchedule): void {
		this.faults.add(fault, schedule);
	}

	/** Drops the faults that have not applied yet. */
	heal(): void {
		this.faults.clear();
	}

	/** Makes a key valid, or changes what it may do. */
	grant(key: string, grant: KeyGrant = { scopes: [READ_SCOPE] }): void {
		this.keys.set(key, grant);
	}

	/** Makes a key invalid. */
	revoke(key: string): void {
		this.keys.delete(key);
	}

	/** From now on, names of files, project documents and artifacts are null, even in old rows. */
	withdrawNames(): void {
		this.namesWithdrawn = true;
		this.activities.rewrite((row) => this.withoutNames(row));
	}

	/** Answers one request, at the clock's time. */
	answer(request: FeedRequest): Answer {
		const seen: SeenRequest = {
			url: request.url,
			method: request.method ?? 'GET',
			headers: lowerCaseNames(request.headers),
			status: 0,
			requestId: `req_${this.ids.hex(24)}`,
		};
		const fault = this.faults.next();
		const answer = this.onItsWay(this.answerWith(fault, seen), fault);
		seen.status = answer.status;
		this.requests.push(seen);
		return answer;
	}

	private answerWith(fault: Fault | undefined, request: SeenRequest): Answer {
		if (!fault) return this.callApi(request);
		if ('status' in fault) return this.callApi(request, fault);
		if ('html' in fault) {
			const page = '<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>';
			return {
				status: 200,
				headers: { 'content-type': 'text/html; charset=utf-8' },
				body: Buffer.from(page),
			};
		}
		if ('redirect' in fault) {
			return { status: 307, headers: { location: fault.redirect }, body: NOTHING };
		}
		if ('reset' in fault) return { status: 0, headers: {}, body: NOTHING, delivery: fault };

		const answer = this.callApi(request, isPageFault(fault) ? fault : undefined);
		if ('hang' in fault) return { status: 0, headers: {}, body: NOTHING, delivery: fault };
		if ('cutBody' in fault || 'stallBody' in fault || 'slowBody' in fault) {
			return { ...answer, delivery: fault };
		}
		return answer;
	}

	/** The headers after the answering node, and after everything between it and the client. */
	private onItsWay(answer: Answer, fault: Fault | undefined): Answer {
		if (answer.status === 0) return answer;
		const faultyAhead = fault && 'dateAhead' in fault ? fault.dateAhead : 0;
		const ahead = this.nodes.nextAhead() + faultyAhead;
		const date = new Date(this.ownClock.now() + ahead).toUTCString();
		let headers: AnswerHeaders = { ...answer.headers, date };
		const { requestIds } = this;
		if (requestIds !== true) {
			headers = changed(headers, { 'request-id': requestIds ? requestIds() : null });
		}
		if (this.gateway) headers = throughGateway(headers);
		const dated = { ...answer, headers, dateAhead: this.clockAhead + ahead };
		if (!fault || !('headers' in fault) || !fault.headers) return dated;

		const { dateAhead, ...undated } = dated;
		const changes = lowerCaseNames(fault.headers);
		return {
			...undated,
			headers: changed(headers, changes),
			...(!('date' in changes) && { dateAhead }),
		};
	}

	/** The API itself: refuses or answers with a page, and records the request. */
	private callApi(request: SeenRequest, fault?: StatusFault | PageFault): Answer {
		const url = parseUrl(request.url);
		const key = request.headers['x-api-key'];
		const grant = key === undefined || isModelKey(key) ? undefined : this.keys.get(key);
		const authenticated = url.pathname === ACTIVITIES_PATH && !!grant && !grant.expired;
		const withinBudget = authenticated && this.rateLimit.take();

		let answer: Answer;
		try {
			if (fault && 'status' in fault) answer = this.scripted(fault, request);
			else {
				if (url.pathname !== ACTIVITIES_PATH) throw new FeedError(404, 'Not found');
				if (key === undefined) throw new FeedError(404, 'Not found');
				if (!authenticated) throw unauthenticated(grant);
				if (!withinBudget) {
					throw new FeedError(429, 'This request would exceed the rate limit of your organization');
				}
				if (request.method !== 'GET') throw new FeedError(405, 'Method not allowed');
				requireScope(key, grant);
				requireVersion(request.headers['anthropic-version']);
				const query = parseQuery(url.searchParams, this.knownTypes, this.rules);
				const others = { sent: url.searchParams.get('after_id'), moved: () => this.moved(query) };
				const page = this.page(query, grant);
				answer = this.tooHeavy(page, request) ?? {
					status: 200,
					headers: {
						...this.headers(request),
						'anthropic-organization-id': this.organizationOf(grant),
						...this.rateLimit.headers(),
					},
					body: writePage(page, others, fault),
				};
			}
		} catch (error) {
			if (!(error instanceof FeedError)) throw error;
			answer = this.refusal(error, request);
		}
		if (authenticated && this.recordReads) this.record(request, url, answer.status);
		return answer;
	}

	private tooHeavy({ rows }: Page, request: SeenRequest): Answer | undefined {
		if (!this.heavyPages || rows.length <= this.heavyPages.rows) return undefined;
		const { fault } = this.heavyPages;
		if ('status' in fault) return this.scripted(fault, request);
		return { status: 0, headers: {}, body: NOTHING, delivery: fault };
	}

	private page(query: FeedQuery, grant: KeyGrant): Page {
		const { rows, hasMore } = selectRows(
			this.activities,
			query,
			this.positionOf(query.afterId ?? query.beforeId),
			this.filter(query, grant),
			this.clock.now(),
			this.maxPageSize,
		);
		const cursorTo = (row: FeedRow | undefined) => row && this.cursor(row, query);
		return {
			rows,
			hasMore,
			firstId: cursorTo(rows[0]) ?? null,
			lastId: cursorTo(rows[rows.length - 1]) ?? null,
		};
	}

	private cursor(position: Position, { fingerprint }: FeedQuery, moved?: number): string {
		const bound = this.rules.cursorsBoundToQuery && { query: fingerprint };
		return encodeCursor(position, { ...bound, ...(moved !== undefined && { moved }) });
	}

	private positionOf(cursor: Cursor | undefined): Position | undefined {
		if (cursor === undefined) return undefined;
		const { createdAtMicros, key } = cursor;
		if (createdAtMicros !== undefined) return { createdAtMicros, key };
		const row = this.activities.named(key);
		if (!row) throw new FeedError(400, `Unknown activity_id: '${key}'`);
		return row;
	}

	/** A cursor that differs from the query's, but leads to the same rows. */
	private moved(query: FeedQuery): string {
		const cursor = query.afterId ?? query.beforeId;
		const start = looksForward(query) ? BEGINNING : END;
		return this.cursor(this.positionOf(cursor) ?? start, query, (cursor?.moved ?? 0) + 1);
	}

	/** The organization that a key belongs to. */
	private organizationOf({ organizations }: KeyGrant): string {
		return this.organizations.uuidOf(organizations?.[0] ?? ORGANIZATIONS[0]!.id);
	}

	/** Whether a row passes the filters and is in the key's reach. Every key reaches rows of no organization. */
	private filter(query: FeedQuery, grant: KeyGrant): (row: FeedRow) => boolean {
		const { types, excludedTypes, users } = query;
		const reach = grant.organizations && this.organizations.named(grant.organizations);
		const organizations = query.organizations && this.organizations.named(query.organizations);
		for (const id of organizations ?? []) {
			if (!(reach ?? this.organizations.all()).has(id)) {
				throw new FeedError(
					403,
					"Cannot query compliance data for organizations outside this API key's scope",
					{ error_visibility: 'user_facing' },
				);
			}
		}
		return ({ organization, type, userId }) =>
			(!reach || organization === null || reach.has(organization)) &&
			(!organizations || organization === null || organizations.has(organization)) &&
			(!types || types.has(type)) &&
			!excludedTypes?.has(type) &&
			(!users || (userId !== null && users.has(userId)));
	}

	/** Adds the activity that a request leaves. It soon appears like any other. */
	private record(request: SeenRequest, url: URL, status: number): void {
		const micros = microsOf(this.ownClock.now());
		const activity = wireRecord({
			id: this.newActivityId(),
			created_at: formatTimestamp(micros, this.shownAs),
			organization_id: null,
			organization_uuid: null,
			actor: {
				type: 'api_actor',
				api_key_id: apiKeyId(request.headers['x-api-key']!),
				ip_address: '192.0.2.77',
				user_agent: request.headers['user-agent'] ?? null,
			},
			type: 'compliance_api_accessed',
			request_id: request.requestId,
			url: url.href,
			request_method: request.method,
			status_code: status,
			request_body: null,
		});
		this.add(JSON.stringify(activity), {
			at: micros,
			visibleAt: this.clock.now() + this.recordReadLag,
		});
	}

	private refusal(error: FeedError, request: SeenRequest): Answer {
		const { status, message, details } = error;
		const headers = this.headers(request);
		// A key with a wrong form is refused before the request gets a request id.
		const key = request.headers['x-api-key'];
		if (status === 401 && !isComplianceKey(key!)) delete headers['request-id'];
		if (status === 400 || status === 429) Object.assign(headers, this.rateLimit.headers());
		if (status === 429) headers['retry-after'] = String(this.rateLimit.retryAfter());
		const body = errorBody(status, message, headers['request-id'], details);
		return { status, headers, body: Buffer.from(body) };
	}

	private scripted(fault: StatusFault, request: SeenRequest): Answer {
		return {
			status: fault.status,
			headers: this.headers(request),
			body: Buffer.from(fault.body ?? errorBody(fault.status, 'Scripted fault', request.requestId)),
		};
	}

	private headers(request: SeenRequest): Record<string, string> {
		return {
			'content-type': 'application/json',
			'request-id': request.requestId,
		};
	}

	private identified(activity: Record<string, unknown>): Record<string, unknown> {
		return 'id' in activity ? { ...activity } : { id: this.newActivityId(), ...activity };
	}

	/** The time of an added object, given the time in it. */
	private trueTime(given: number): number {
		if (given % 1000 !== 0 || !this.addMicroseconds) return given;
		return given + 1 + (hash(String(given)) % 500);
	}

	private newActivityId(): string {
		return `activity_01${this.ids.token()}`;
	}

	/** The row's text with null in place of its name; undefined if it has no name. */
	private withoutNames(row: NewRow): string | undefined {
		if (!NAMING_TYPES.test(row.type)) return undefined;
		const activity = JSON.parse(row.json) as Record<string, unknown>;
		if (!NAME_FIELDS.some((field) => field in activity)) return undefined;
		for (const field of NAME_FIELDS) if (field in activity) activity[field] = null;
		return JSON.stringify(activity);
	}

	private asServed(row: NewRow): NewRow {
		const json = this.namesWithdrawn ? this.withoutNames(row) : undefined;
		return json === undefined ? row : { ...row, json };
	}
}

function unauthenticated(grant: KeyGrant | undefined): FeedError {
	return new FeedError(401, grant?.expired ? 'API key has expired.' : 'invalid x-api-key');
}

function requireScope(key: string, { scopes }: KeyGrant): void {
	const sufficient = scopesToRead(key);
	if (scopes.some((scope) => sufficient.includes(scope))) return;
	throw new FeedError(
		403,
		`Missing required scopes. Got: [${scopes.join(', ')}] Needed one of: [${sufficient.join(', ')}]`,
	);
}

function requireVersion(version: string | undefined): void {
	if (version === undefined || VERSIONS.includes(version)) return;
	throw new FeedError(400, 'anthropic-version: Input is not one of the permitted values.');
}

/** Reads the address that a client sent. It may be invalid. */
function parseUrl(text: string): URL {
	return URL.canParse(text, ORIGIN) ? new URL(text, ORIGIN) : new URL(ORIGIN);
}

/** The fields of a record; none if it is not an object. */
function fieldsOf(json: string): Record<string, unknown> {
	const record: unknown = JSON.parse(json);
	return typeof record === 'object' ? { ...record } : {};
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

/** Whether a time is within the years 2000 to 9998. Readers do not accept others as times of activities. */
function isPlausible(micros: number): boolean {
	return micros >= Date.UTC(2000) * 1000 && micros < Date.UTC(9999) * 1000;
}

/** The time that an activity shows, if it is readable. */
function timeOf({ created_at }: Record<string, unknown>): number | undefined {
	return typeof created_at === 'string' ? parseTimestamp(created_at) : undefined;
}

function isPageFault(fault: Delivery | PageFault): fault is PageFault {
	return !['hang', 'cutBody', 'stallBody', 'slowBody', 'reset'].some((name) => name in fault);
}

function changed(headers: AnswerHeaders, changes: HeaderChanges): AnswerHeaders {
	const result = { ...headers };
	for (const [name, value] of Object.entries(changes)) {
		if (value === null) delete result[name];
		else result[name] = value;
	}
	return result;
}

function lowerCaseNames<T>(headers: Record<string, T>): Record<string, T> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
	);
}
