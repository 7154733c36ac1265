import { decodeCursor } from './cursor';
import { FeedError } from './errors';
import { nearest } from './nearest';
import { hash } from './random';
import { parseTimestamp, wholeSecond } from './timestamp';
import type { Cursor } from './cursor';

/** The checked query of a request. */
export interface FeedQuery {
	limit: number;
	order: 'asc' | 'desc';
	afterId?: Cursor;
	beforeId?: Cursor;
	/** Bounds in microseconds. */
	createdAt: { gt?: number; gte?: number; lt?: number; lte?: number };
	organizations?: Set<string>;
	types?: Set<string>;
	excludedTypes?: Set<string>;
	users?: Set<string>;
	/** A fingerprint of the query without its cursor. A cursor may be bound to it. */
	fingerprint: number;
}

/** How feeds differ in their treatment of queries. */
export interface QueryRules {
	/** Whether a cursor is valid only for the query that it comes from. */
	cursorsBoundToQuery?: boolean;
	/** Whether time filters are cut to whole seconds before a comparison. */
	filtersCutToSeconds?: boolean;
}

const SCALARS = [
	'limit',
	'order',
	'after_id',
	'before_id',
	'created_at.gt',
	'created_at.gte',
	'created_at.lt',
	'created_at.lte',
] as const;
const LISTS = [
	'organization_ids[]',
	'activity_types[]',
	'exclude_activity_types[]',
	'actor_ids[]',
	'user_ids[]',
] as const;
const KNOWN: ReadonlySet<string> = new Set([...SCALARS, ...LISTS]);

const LARGEST_LIMIT = 5000;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Checks a query string like the API, which answers the first fault with 400. */
export function parseQuery(
	parameters: URLSearchParams,
	knownTypes: ReadonlySet<string>,
	{ cursorsBoundToQuery = false, filtersCutToSeconds = false }: QueryRules = {},
): FeedQuery {
	const single = (name: (typeof SCALARS)[number]) => parameters.get(name) ?? undefined;
	const list = (...names: (typeof LISTS)[number][]) => {
		const values = names.flatMap((name) => parameters.getAll(name));
		return values.length > 0 ? new Set(values) : undefined;
	};

	for (const name of new Set(parameters.keys())) {
		if (!KNOWN.has(name)) throw unknownParameter(name);
		if (!name.endsWith('[]') && parameters.getAll(name).length > 1) {
			throw invalid(name, 'Given more than once');
		}
	}

	const limit = single('limit') ?? '100';
	if (!/^\d{1,9}$/.test(limit)) throw invalid('limit', 'Input should be a valid integer');
	if (+limit < 1) throw invalid('limit', 'Input should be greater than or equal to 1');
	if (+limit > LARGEST_LIMIT) {
		throw invalid('limit', `Input should be less than or equal to ${LARGEST_LIMIT}`);
	}
	const order = single('order') ?? 'desc';
	if (order !== 'asc' && order !== 'desc') {
		throw notPermitted('order');
	}

	const types = list('activity_types[]');
	const excludedTypes = list('exclude_activity_types[]');
	if (types && excludedTypes) {
		throw invalid('activity_types[]', 'Cannot be combined with exclude_activity_types[]');
	}
	for (const name of ['activity_types[]', 'exclude_activity_types[]'] as const) {
		const unknown = parameters.getAll(name).findIndex((type) => !knownTypes.has(type));
		if (unknown >= 0) throw notPermitted(`${name}.${unknown}`);
	}
	for (const name of ['actor_ids[]', 'user_ids[]'] as const) {
		for (const id of list(name) ?? []) {
			if (!/^user_\w+$/.test(id)) throw invalid(name, `'${id}' is not a user id`);
		}
	}
	const organizations = list('organization_ids[]');
	for (const id of organizations ?? []) {
		if (!/^org_\w+$/.test(id) && !UUID.test(id)) {
			throw invalid('organization_ids[]', `'${id}' is neither an organization id nor a UUID`);
		}
	}

	const createdAt: FeedQuery['createdAt'] = {};
	for (const bound of ['gt', 'gte', 'lt', 'lte'] as const) {
		const text = single(`created_at.${bound}`);
		if (text === undefined) continue;
		// A time without an offset is in UTC.
		const micros = parseTimestamp(text) ?? parseTimestamp(`${text}Z`);
		if (micros === undefined) {
			throw invalid(`created_at.${bound}`, 'Input should be a valid datetime');
		}
		createdAt[bound] = filtersCutToSeconds ? wholeSecond(micros) : micros;
	}

	const fingerprint = fingerprintOf(parameters);
	const after = single('after_id');
	const before = single('before_id');
	if (after !== undefined && before !== undefined) {
		throw invalid('after_id', 'Cannot be combined with before_id');
	}
	const binding = cursorsBoundToQuery ? fingerprint : undefined;
	return {
		limit: +limit,
		order,
		...(after !== undefined && { afterId: decodeCursor(after, binding) }),
		...(before !== undefined && { beforeId: decodeCursor(before, binding) }),
		createdAt,
		organizations,
		types,
		excludedTypes,
		users: list('actor_ids[]', 'user_ids[]'),
		fingerprint,
	};
}

function fingerprintOf(parameters: URLSearchParams): number {
	const rest = [...parameters].filter(([name]) => name !== 'after_id' && name !== 'before_id');
	return hash(JSON.stringify(rest.map(String).sort()));
}

function unknownParameter(name: string): FeedError {
	const near = nearest(name, KNOWN);
	const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
	return new FeedError(400, `Unknown query parameter: '${name}'.${hint}`);
}

function notPermitted(parameter: string): FeedError {
	return invalid(parameter, 'Input is not one of the permitted values.');
}

function invalid(parameter: string, message: string): FeedError {
	return new FeedError(400, `${parameter}: ${message}`);
}
