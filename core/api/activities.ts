import type { Answer, ApiClient, ApiRequest } from './client';
import { type Filters, NO_FILTERS, parametersOfFilters } from './filters';
import { formatInstant, type Instant, toInstant } from '../instant';
import { type PageContent, parsePage } from './page';
import { PageSizes } from './page-sizes';
import type { WaitLimits } from './rate-limit';
import { refusal } from './refusal';

const PATH = '/v1/compliance/activities';

const IN_WORDS = {
	resource: 'Activity Feed',
	what: 'activities',
	scopes: 'read:compliance_activities, or read:org_audit',
};

/** By `created_at`, oldest or newest first. */
export type Order = 'asc' | 'desc';

/** An interval of the feed. A bound that is missing does not limit it. */
export interface Interval {
	/** Only activities newer than this… */
	readonly after?: Instant | undefined;
	/** …or not older than this. */
	readonly from?: Instant | undefined;
	/** Only activities not newer than this. */
	readonly to?: Instant | undefined;
}

/** The query of a request: an interval of the feed, and how to read it. */
export interface Selection {
	readonly filters: Filters;
	readonly order: Order;
	/** Page size, 1 to 5000. */
	readonly limit: number;
}

/** Which page of the feed to read. */
export interface PageQuery extends Interval, Selection {
	/** The `lastId` of the previous page. */
	readonly cursor?: string | undefined;
}

/** A page of the feed, with facts about its answer. */
export interface Page extends PageContent, Omit<Answer<PageContent>, 'content'> {
	/** The URL parameters of the request, without the cursor. */
	readonly query: string;
}

/** The Activity Feed, page by page: each page is requested until it arrives or is refused. */
export class Feed {
	#warnedOfDate = false;

	/** @param pageSizes known page sizes, if several feeds serve one reader */
	constructor(
		readonly client: ApiClient,
		readonly pageSizes = new PageSizes(),
	) {}

	/** As `parseBaseUrl` returns it. */
	get baseUrl(): string {
		return this.client.baseUrl;
	}

	/** The address of the feed. */
	get endpoint(): string {
		return `${this.baseUrl}${PATH}`;
	}

	/**
	 * Reads one page.
	 *
	 * @param ask the query; a function is called before each try, because `pageSizes` may have
	 *   changed
	 * @throws UserError when the API refuses, stays unavailable or breaks its own rules
	 * @throws OutOfTime when there is no time left before `until` for what may pass
	 */
	async page(ask: PageQuery | (() => PageQuery), limits: WaitLimits = {}): Promise<Page> {
		const { content, ...answer } = await this.client.get(
			() => this.#requestFor(typeof ask === 'function' ? ask() : ask),
			limits,
		);
		const { query, ...page } = content;
		if (answer.date === undefined) this.#warnOfDate();
		this.pageSizes.came(query.limit, page.hasMore);
		return { ...page, ...answer, query: parametersOf(query) };
	}

	/**
	 * The server's present, or a little before. If its clock is not known, this is the newest
	 * activity's time. The local clock may be wrong by minutes. It is used only if the feed is also
	 * empty, or if the newest activity is dated in the future.
	 *
	 * @param until when to stop trying, on the platform's clock
	 * @throws UserError as `page` does
	 */
	async present(until?: number): Promise<Instant> {
		const query: PageQuery = { filters: NO_FILTERS, order: 'desc', limit: 1 };
		const read = async () => await this.page(query, { until });
		let page = await read();
		// One answer far ahead of the local clock is not believed; two are.
		if (page.readAt === undefined && page.date !== undefined) page = await read();
		const { readAt, records, startedAt } = page;
		// An activity dated in the future does not show the present.
		const newest = Math.min(records.first ?? startedAt, startedAt);
		return readAt ?? toInstant(newest);
	}

	#requestFor(query: PageQuery): ApiRequest<PageContent & { readonly query: PageQuery }> {
		const { pageSizes } = this;
		const { filters, limit } = query;
		return {
			path: PATH,
			query: withCursor(query),
			what: IN_WORDS.what,
			parse: (body, requestId) => ({ ...parsePage(body, requestId), query }),
			refusal: (response, retryAfterMs) =>
				refusal(response, retryAfterMs, { ...IN_WORDS, filters }),
			askForLess: ({ tooLarge, again }) => {
				const smaller = tooLarge ? pageSizes.tooLarge(limit) : pageSizes.tooSlow(limit, again);
				return smaller ? 'with smaller pages' : undefined;
			},
		};
	}

	#warnOfDate(): void {
		if (this.#warnedOfDate) return;
		this.#warnedOfDate = true;
		this.client.log.warning(
			'An answer of the API has no readable Date header. Without it, a sync takes the time of the newest activity for the present, and reads more of the feed again each time. Check any proxy or gateway between this machine and the API.',
		);
	}
}

function parametersOf({ filters, order, after, from, to, limit }: PageQuery): string {
	const parameters = new URLSearchParams({ order, limit: String(limit) });
	if (after !== undefined) parameters.set('created_at.gt', formatInstant(after));
	if (from !== undefined) parameters.set('created_at.gte', formatInstant(from));
	if (to !== undefined) parameters.set('created_at.lte', formatInstant(to));
	for (const [name, value] of parametersOfFilters(filters)) parameters.append(name, value);
	return parameters.toString();
}

/** The cursor comes last. */
function withCursor(query: PageQuery): string {
	const { cursor } = query;
	const rest =
		cursor === undefined ? '' : `&${new URLSearchParams({ after_id: cursor }).toString()}`;
	return `${parametersOf(query)}${rest}`;
}
