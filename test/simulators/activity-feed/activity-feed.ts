import catalogue from '../../../core/catalogue/activity-types.json' with { type: 'json' };
import { FeedError, errorBody } from './errors';
import { FaultScript } from './faults';
import { FeedRows } from './feed-rows';
import { ActivityGenerator, ORGANIZATIONS } from './generator';
import { ACCESS_KEY, READ_SCOPE, apiKeyId, isComplianceKey, isModelKey } from './keys';
import { Organizations } from './organizations';
import { writePage } from './page';
import { encodeCursor, parseQuery } from './query';
import { Random } from './random';
import { RateLimit } from './rate-limit';
import { selectRows } from './selection';
import { formatTimestamp, parseTimestamp } from './timestamp';
import type { Clock } from './clock';
import type {
	Delivery,
	Fault,
	FaultSchedule,
	HeaderChanges,
	PageFault,
	StatusFault,
} from './faults';
import type { FeedRow, NewRow } from './feed-rows';
import type { GenerateOptions } from './generator';
import type { KeyGrant } from './keys';
import type { Page } from './page';
import type { FeedQuery } from './query';

export const ACTIVITIES_PATH = '/v1/compliance/activities';

const NOTHING = Buffer.alloc(0);
/** The activities that name a file, a project document or an artifact, and the field that does. */
const NAMING_TYPES = /^claude_(file|project_file|project_document|artifact)_/;
const NAME_FIELDS = ['filename', 'title'];

export interface ActivityFeedOptions {
	/** All server-side time comes from here. */
	clock: Clock;
	/** Decides everything random; default 1. */
	seed?: number;
	/** The keys that exist; default `ACCESS_KEY` alone, with the scope it needs. */
	keys?: Record<string, KeyGrant>;
	/** Default 600; Infinity switches the limit off. */
	requestsPerMinute?: number;
	/** The most rows a page holds, whatever `limit` allows; default 5000. */
	maxPageSize?: number;
	/** Whether calls write activities themselves; default true. */
	recordReads?: boolean;
	/** Milliseconds until such an activity can be queried; default 1000. */
	recordReadLag?: number;
	/** Types that exist beside the catalogue; generated too, with unknown actors and fields. */
	extraTypes?: string[];
}

export interface FeedRequest {
	/** Path and query, or absolute. */
	url: string;
	/** Default GET. */
	method?: string;
	headers: Record<string, string>;
}

/** An answer, and what becomes of it on its way where a fault was scripted. */
export interface Answer {
	/** 0 when nothing is answered at all. */
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	body: Buffer;
	delivery?: Delivery;
}

/** A request the feed has seen. */
export interface SeenRequest {
	url: string;
	method: string;
	/** Names in lower case. */
	headers: Record<string, string>;
	/** What was answered; 0 when nothing was. */
	status: number;
	requestId: string;
}

/** The Activity Feed without its sockets: what it holds, and what it answers. */
export class ActivityFeed {
	/** What was asked so far. */
	readonly requests: SeenRequest[] = [];

	private readonly clock: Clock;
	private readonly activities = new FeedRows();
	private readonly faults = new FaultScript();
	private readonly keys: Map<string, KeyGrant>;
	private readonly rateLimit: RateLimit;
	private readonly generator: ActivityGenerator;
	/** Separate from the generator's, so that calls do not change what is generated. */
	private readonly ids: Random;
	private readonly maxPageSize: number;
	private readonly recordReads: boolean;
	private readonly recordReadLag: number;
	private readonly knownTypes: Set<string>;
	private readonly organizations = new Organizations();
	private namesWithdrawn = false;

	constructor(options: ActivityFeedOptions) {
		const { seed = 1, extraTypes = [] } = options;
		this.clock = options.clock;
		this.keys = new Map(Object.entries(options.keys ?? { [ACCESS_KEY]: { scopes: [READ_SCOPE] } }));
		this.rateLimit = new RateLimit(options.requestsPerMinute ?? 600, this.clock);
		this.maxPageSize = options.maxPageSize ?? 5000;
		this.recordReads = options.recordReads ?? true;
		this.recordReadLag = options.recordReadLag ?? 1000;
		this.generator = new ActivityGenerator(seed, extraTypes);
		this.ids = new Random(~seed);
		this.knownTypes = new Set([...Object.keys(catalogue.types), ...extraTypes]);
		for (const { id, uuid } of ORGANIZATIONS) this.organizations.learn(id, uuid);
	}

	/** Adds made-up activities, spread over the time from `from` to `to`. */
	generate(options: GenerateOptions): void {
		this.activities.insertAll(this.generator.rows(options));
		if (this.namesWithdrawn) this.withdrawNames();
	}

	/**
	 * Adds one activity exactly as given; a string is sent byte for byte. It becomes visible when it
	 * happens, or at `visibleAt`. An object without an id gets one.
	 */
	add(
		row: (Record<string, unknown> & { created_at: string }) | string,
		options: { visibleAt?: number } = {},
	): FeedRow {
		const activity = (typeof row === 'string' ? JSON.parse(row) : row) as Record<string, unknown>;
		const identified = 'id' in activity ? activity : { id: this.newActivityId(), ...activity };
		const micros = parseTimestamp(String(activity.created_at));
		if (micros === undefined) throw new Error(`Not a timestamp: ${String(activity.created_at)}`);

		const actor = activity.actor as { user_id?: unknown } | null | undefined;
		const served = this.asServed({
			id: String(identified.id),
			createdAtMicros: micros,
			visibleAt: options.visibleAt ?? Math.floor(micros / 1000),
			json: typeof row === 'string' ? row : JSON.stringify(identified),
			type: String(activity.type),
			organization: this.organizations.learn(activity.organization_id, activity.organization_uuid),
			userId: typeof actor?.user_id === 'string' ? actor.user_id : null,
		});
		const added = this.activities.insert(served);
		this.knownTypes.add(added.type);
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

	/** Makes a key valid, or changes what it may do. */
	grant(key: string, grant: KeyGrant = { scopes: [READ_SCOPE] }): void {
		this.keys.set(key, grant);
	}

	/** Makes a key invalid. */
	revoke(key: string): void {
		this.keys.delete(key);
	}

	/** From now on names of files, project documents and artifacts are gone, on old rows too. */
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
		const answer = this.answerWith(this.faults.next(), seen);
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
				headers: { 'content-type': 'text/html; charset=utf-8', date: this.date() },
				body: Buffer.from(page),
			};
		}
		if ('redirect' in fault) {
			const headers = { location: fault.redirect, date: this.date() };
			return { status: 307, headers, body: NOTHING };
		}
		if ('reset' in fault) return { status: 0, headers: {}, body: NOTHING, delivery: fault };

		const answer = this.callApi(request, isPageFault(fault) ? fault : undefined);
		if ('hang' in fault) return { status: 0, headers: {}, body: NOTHING, delivery: fault };
		if ('cutBody' in fault || 'stallBody' in fault || 'slowBody' in fault) {
			return { ...answer, delivery: fault };
		}
		if ('headers' in fault) return { ...answer, headers: changed(answer.headers, fault.headers) };
		return answer;
	}

	/** The API itself: refuses, or answers with a page, and records the call. */
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
				requireScope(grant);
				const query = parseQuery(url.searchParams, this.knownTypes);
				answer = {
					status: 200,
					headers: { ...this.headers(request), ...this.rateLimit.headers() },
					body: writePage(this.page(query, grant), fault),
				};
			}
		} catch (error) {
			if (!(error instanceof FeedError)) throw error;
			answer = this.refusal(error, request);
		}
		if (authenticated && this.recordReads) this.record(request, url, answer.status);
		return answer;
	}

	private page(query: FeedQuery, grant: KeyGrant): Page {
		const { rows, hasMore } = selectRows(
			this.activities,
			query,
			this.filter(query, grant),
			this.clock.now(),
			this.maxPageSize,
		);
		const cursorTo = (row: FeedRow | undefined) => row && encodeCursor(row, query.fingerprint);
		return {
			rows,
			hasMore,
			firstId: cursorTo(rows[0]) ?? null,
			lastId: cursorTo(rows[rows.length - 1]) ?? null,
		};
	}

	/** Whether a row is asked for and in the key's reach. Rows of no organization always are. */
	private filter(query: FeedQuery, grant: KeyGrant): (row: FeedRow) => boolean {
		const { types, excludedTypes, users } = query;
		const reach = grant.organizations && this.organizations.named(grant.organizations);
		const organizations = query.organizations && this.organizations.named(query.organizations);
		for (const id of organizations ?? []) {
			if (!(reach ?? this.organizations.all()).has(id)) {
				throw new FeedError(403, `organization_ids[]: '${id}' is not accessible with this key`);
			}
		}
		return ({ organization, type, userId }) =>
			(!reach || organization === null || reach.has(organization)) &&
			(!organizations || organization === null || organizations.has(organization)) &&
			(!types || types.has(type)) &&
			!excludedTypes?.has(type) &&
			(!users || (userId !== null && users.has(userId)));
	}

	/** A call writes an activity itself, which soon can be queried like any other. */
	private record(request: SeenRequest, url: URL, status: number): void {
		const now = this.clock.now();
		this.add(
			{
				id: this.newActivityId(),
				created_at: formatTimestamp(now * 1000, 3, 'Z'),
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
				url: url.pathname + url.search,
				request_method: request.method,
				status_code: status,
				request_body: null,
			},
			{ visibleAt: now + this.recordReadLag },
		);
	}

	private refusal(error: FeedError, request: SeenRequest): Answer {
		const { status, message, details } = error;
		const headers: Record<string, string> = this.headers(request);
		// A key that does not even look right is turned away before the call gets a request id.
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
			headers: changed(this.headers(request), fault.headers ?? {}),
			body: Buffer.from(fault.body ?? errorBody(fault.status, 'Scripted fault', request.requestId)),
		};
	}

	private headers(request: SeenRequest): Record<string, string> {
		return {
			'content-type': 'application/json',
			date: this.date(),
			'request-id': request.requestId,
		};
	}

	private date(): string {
		return new Date(this.clock.now()).toUTCString();
	}

	private newActivityId(): string {
		return `activity_01${this.ids.token()}`;
	}

	/** The row's text without the names it gives; undefined when it gives none. */
	private withoutNames(row: NewRow): string | undefined {
		if (!NAMING_TYPES.test(row.type)) return undefined;
		const activity = JSON.parse(row.json) as Record<string, unknown>;
		if (!NAME_FIELDS.some((field) => field in activity)) return undefined;
		for (const field of NAME_FIELDS) delete activity[field];
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

function requireScope({ scopes }: KeyGrant): void {
	if (scopes.includes(READ_SCOPE)) return;
	throw new FeedError(
		403,
		`Missing required scopes. Got: [${scopes.join(', ')}]. Needed: [${READ_SCOPE}]`,
		{ got: scopes, needed: [READ_SCOPE] },
	);
}

/** Reads what a client sent as the address, which may be nothing like one. */
function parseUrl(text: string): URL {
	const base = 'http://localhost';
	return URL.canParse(text, base) ? new URL(text, base) : new URL(base);
}

function isPageFault(fault: Delivery | PageFault): fault is PageFault {
	return ['duplicateRow', 'emptyPageWithMore', 'transform', 'headers'].some(
		(name) => name in fault,
	);
}

function changed(headers: Record<string, string>, changes: HeaderChanges): Record<string, string> {
	const result = { ...headers };
	for (const [name, value] of Object.entries(changes)) {
		if (value === null) delete result[name.toLowerCase()];
		else result[name.toLowerCase()] = value;
	}
	return result;
}

function lowerCaseNames(headers: Record<string, string>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
	);
}
