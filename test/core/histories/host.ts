import type { Http, HttpResponse } from '../../../core';
import type { Arrivals } from './arrivals';
import type { Clock } from './clock';
import { cursorAt, type CursorStyle, placeOf } from './cursor';
import type { Dates, DatesSeen } from './dates';
import { type History, MINUTE, SECOND } from './history';
import type { Kind } from './kinds';
import { cut, parseMicros } from './micros';
import type { Random } from './random';
import { textAt } from './row';
import type { Question, World } from './world';

/** Oddities that pass at the next try. */
const PASSING = [
	'refused-cursors',
	'still-cursor',
	'no-last-id',
	'rows-twice',
	'violations',
	'cut-bodies',
	'errors',
] satisfies Kind[];
type Passing = (typeof PASSING)[number];

const BOUNDS = {
	'created_at.gt': 'after',
	'created_at.gte': 'from',
	'created_at.lte': 'to',
} as const;

/** How long a client waits for an answer, in milliseconds. */
const SILENCE = 30 * SECOND;
const MOST_ODD = 8;
/** How many requests count as the beginning of a run. */
const BEGINNING = 4;

/** A process that makes requests. */
export interface Client extends DatesSeen {
	/** Whether it has died. Then nothing reaches it any more. */
	alive: boolean;
}

/** The body of an answer, before something happens to it. */
interface Page {
	texts: string[];
	more: unknown;
	first: string | null;
	last: unknown;
}

/** Answers requests for pages of the feed, each after its own time. */
export class Host {
	/** How many requests have arrived so far. */
	requests = 0;
	/** Whether only lasting oddities remain. */
	quiet = false;
	/** How many requests of this run may meet an oddity that passes. With more, it might never end. */
	#oddLeft = 0;
	/** How many requests have arrived in this run. */
	#ofRun = 0;
	/** Whether there are many oddities at the beginning of this run. */
	#beginsOddly = false;
	/** How many requests with a cursor are refused from now on. */
	#refusing = 0;
	readonly #style: CursorStyle;

	constructor(
		private readonly history: History,
		private readonly world: World,
		private readonly clock: Clock,
		private readonly random: Random,
		private readonly arrivals: Arrivals,
		private readonly dates: Dates,
		private readonly trace: ((line: string) => void) | undefined,
	) {
		const bound = history.kinds.has('bound-cursors');
		this.#style = { bound, plain: !bound && history.kinds.has('plain-cursors') };
	}

	/** A run begins. */
	begin(): void {
		this.#oddLeft = this.quiet ? 0 : this.random.whole(1, MOST_ODD);
		this.#refusing = 0;
		this.#ofRun = 0;
		this.#beginsOddly = this.random.chance(0.3);
	}

	httpFor(client: Client): Http {
		return async ({ url, signal, timeout = Infinity }) => {
			const answer = this.#answer(new URL(url).searchParams, client, timeout);
			const response = await answer.catch((error: unknown) => error as Error);
			if (!client.alive) return await new Promise<never>(() => undefined);
			signal?.throwIfAborted();
			if (response instanceof Error) throw response;
			return response;
		};
	}

	async #answer(
		parameters: URLSearchParams,
		client: Client,
		timeout: number,
	): Promise<HttpResponse> {
		const { random, clock, history } = this;
		const number = ++this.requests;
		this.#ofRun++;
		const cursor = parameters.get('after_id') ?? undefined;
		parameters.delete('after_id');
		const query = parameters.toString();
		const passing = this.#passing(cursor);
		const aimed = random.chance(0.5) ? this.#aimed() : undefined;
		const [there, back] = aimed === undefined ? this.#durations() : [0, aimed];
		const beginning = clock.now;

		this.#happen();
		await this.#wait(there);
		if (passing === 'errors' && random.chance(0.2)) throw new Error('ECONNREFUSED');
		const requestId = `req_${random.token()}`;
		const anonymous = (chance: number) =>
			history.kinds.has('anonymous-requests') && random.chance(chance);
		const stamp = aimed === undefined && random.chance(0.5) ? this.dates.honest() : undefined;
		const question = this.#read(parameters, cursor, query);
		const refused = !question || passing === 'refused-cursors';
		const page = question && this.#page(question, query);
		this.arrivals.ownRequest(anonymous(0.3) ? undefined : requestId);
		this.#happen();
		const heavy = (page?.texts.length ?? 0) > history.heavy.rows && history.heavy.end;
		const late = heavy === 'silence' ? SILENCE : back;
		await this.#wait(Math.min(late, timeout - there));
		if (heavy === 'silence' || late > timeout - there) {
			this.trace?.(`  request ${number} did not come in time`);
			throw new Error('timed out');
		}
		if (passing === 'errors' && random.chance(0.2)) throw new Error('socket hang up');

		const honest = stamp ?? this.dates.honest();
		const headers: Record<string, string> = { 'content-type': 'application/json', date: honest };
		if (!anonymous(0.3)) headers['request-id'] = requestId;
		if (history.kinds.has('rate-limit')) Object.assign(headers, this.#rateLimit());

		let response: HttpResponse;
		if (passing === 'errors') response = this.#error(headers);
		else if (heavy) response = refusal(heavy, headers, 'some_error');
		else if (refused || !page) response = refusal(400, headers, 'invalid_request_error');
		else {
			const date = this.quiet ? honest : this.dates.odd(honest, client);
			if (date === undefined) delete headers.date;
			else headers.date = date;
			// A reader may ignore the time that a broken answer names.
			if (date === honest && (passing === undefined || passing === 'rows-twice')) {
				Object.assign(client, { honestly: true, ahead: false });
			}
			response = { status: 200, headers, body: this.#body(page, question, cursor, passing) };
		}
		this.trace?.(
			`${new Date(beginning).toISOString()} request ${number} (${Math.round(clock.now - beginning)} ms): ${decodeURIComponent(query)}${cursor ? ` after ${cursor}` : ''} → ${response.status} ${page?.texts.length ?? 0} rows${page?.more === true ? ' and more' : ''}, Date ${headers.date}${passing ? `, ${passing}` : ''}`,
		);
		return response;
	}

	#happen(): void {
		if (!this.quiet) this.arrivals.now();
	}

	#wait(ms: number): Promise<void> | undefined {
		return ms > 0 ? this.clock.wait(ms) : undefined;
	}

	/** How long a request takes to the feed and back, in milliseconds. */
	#durations(): [there: number, back: number] {
		const { random } = this;
		const { kinds } = this.history;
		const slow = kinds.has('slow-requests') && random.chance(0.1);
		const whole = slow ? MINUTE : random.chance(0.2) ? 0 : random.between(0, 5 * SECOND);
		const there = whole * random.fraction();
		if (kinds.has('fractional-clocks')) return [there, whole - there];
		return [Math.floor(there), Math.floor(whole - there)];
	}

	/**
	 * How long a request must take for a row to look exactly an overlap old afterwards, in
	 * milliseconds; `undefined` if there is no such row.
	 */
	#aimed(): number | undefined {
		const { clock, history, world, random } = this;
		const row = world.rows.find(({ compared }) => {
			const past = clock.now - history.overlap - compared / 1000;
			return past >= 0 && past < SECOND;
		});
		if (!row) return undefined;
		const off = history.kinds.has('fractional-clocks')
			? random.between(-1, 1)
			: random.whole(-1, 1);
		const begun = Math.floor(row.compared / 1000) + off + history.overlap;
		const date = Math.floor(begun / SECOND + 1) * SECOND;
		return date - begun;
	}

	#passing(cursor: string | undefined): Passing | undefined {
		const { random, history } = this;
		if (cursor !== undefined && this.#refusing > 0) {
			this.#refusing--;
			return 'refused-cursors';
		}
		if (this.#oddLeft === 0) return undefined;
		const passing = PASSING.filter((kind) => history.kinds.has(kind));
		const oddness = this.#beginsOddly && this.#ofRun <= BEGINNING ? 0.5 : history.oddness;
		if (passing.length === 0 || !random.chance(oddness)) return undefined;
		this.#oddLeft--;
		const kind = random.pick(passing);
		if (kind !== 'refused-cursors') return kind;
		if (random.chance(0.2)) this.#refusing = random.whole(1, 15);
		return cursor === undefined ? undefined : kind;
	}

	/** The query of a request; `undefined` if it is refused. */
	#read(
		parameters: URLSearchParams,
		cursor: string | undefined,
		query: string,
	): Question | undefined {
		const bounds: Partial<Record<'after' | 'from' | 'to', number>> = {};
		const only: string[] = [];
		const except: string[] = [];
		let limit = 100;
		for (const [name, value] of parameters) {
			if (name in BOUNDS) {
				const bound = parseMicros(value);
				if (bound === undefined) return undefined;
				const kept = this.history.kinds.has('bounds-cut') ? 'seconds' : 'micros';
				bounds[BOUNDS[name as keyof typeof BOUNDS]] = cut(bound, kept);
			} else if (name === 'limit') {
				limit = Number(value);
				if (!Number.isInteger(limit) || limit < 1 || limit > 5000) return undefined;
			} else if (name === 'activity_types[]') only.push(value);
			else if (name === 'exclude_activity_types[]') except.push(value);
			else if (name !== 'order' || value !== 'asc') return undefined;
		}
		const place =
			cursor === undefined ? undefined : placeOf(cursor, query, this.#style, this.world);
		if (cursor !== undefined && !place) return undefined;
		return { after: bounds.after, from: bounds.from, to: bounds.to, only, except, limit, place };
	}

	#page(question: Question, query: string): Page {
		const { now } = this.clock;
		const { rows, end, more } = this.world.show(question, now);
		const first = rows[0] ? cursorAt(rows[0], query, this.#style) : null;
		const claims = this.history.kinds.has('full-pages') && rows.length === question.limit;
		return {
			texts: rows.map((row) => textAt(row, now)),
			more: more || claims,
			first,
			last: end ? cursorAt(end, query, this.#style) : null,
		};
	}

	#body(
		page: Page,
		question: Question,
		cursor: string | undefined,
		passing: Passing | undefined,
	): Buffer {
		const { random } = this;
		if (passing === 'rows-twice' && page.texts.length < question.limit) {
			const place = random.whole(0, page.texts.length);
			page.texts.splice(place, 0, ...page.texts.slice(place, place + 1));
		}
		if (passing === 'no-last-id' && page.more === true) page.last = random.pick([null, undefined]);
		if (passing === 'still-cursor' && page.more === true) page.last = cursor ?? page.last;
		if (passing === 'violations') return Buffer.from(this.#violation(page));
		const body = Buffer.from(textOf(page));
		return passing === 'cut-bodies' ? body.subarray(0, random.whole(0, body.length - 1)) : body;
	}

	#violation(page: Page): string {
		const { random } = this;
		const { texts, ...others } = page;
		const claim = { has_more: others.more, first_id: others.first, last_id: others.last };
		return random.pick([
			() => JSON.stringify(claim),
			() => JSON.stringify({ data: null, ...claim }),
			() => JSON.stringify({ data: {}, ...claim }),
			() => '{}',
			() => 'null',
			() => '[]',
			() => textOf({ ...page, more: undefined }),
			() => textOf({ ...page, more: null }),
			() => textOf({ ...page, more: String(page.more) }),
			() => textOf({ ...page, more: Number(page.more) }),
			() => textOf({ ...page, last: texts.length }),
			() => textOf({ ...page, texts: [], more: true, last: null }),
		])();
	}

	#error(headers: Record<string, string>): HttpResponse {
		const { random } = this;
		const status = random.pick([429, 429, 500, 502, 503, 504, 529, 529, 401, 403, 404]);
		if (status === 429 && random.chance(0.7)) headers['retry-after'] = String(random.whole(0, 20));
		if (random.chance(0.1)) headers['x-should-retry'] = String(random.chance(0.5));
		return refusal(status, headers, 'some_error');
	}

	#rateLimit(): Record<string, string> {
		const { random, clock } = this;
		return {
			'anthropic-ratelimit-requests-limit': '600',
			'anthropic-ratelimit-requests-remaining': String(random.whole(0, 600)),
			'anthropic-ratelimit-requests-reset': new Date(
				clock.now + random.between(0, MINUTE),
			).toISOString(),
		};
	}
}

/** A page as JSON; undefined members are left out. */
function textOf({ texts, more, first, last }: Page): string {
	const claim = JSON.stringify({ has_more: more, first_id: first, last_id: last });
	return `{"data":[${texts.join(',')}]${claim === '{}' ? '' : ','}${claim.slice(1)}`;
}

function refusal(status: number, headers: Record<string, string>, type: string): HttpResponse {
	const body = JSON.stringify({ type: 'error', error: { type, message: 'No.' } });
	return { status, headers, body: Buffer.from(body) };
}
