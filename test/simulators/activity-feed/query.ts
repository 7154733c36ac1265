import { FeedError } from './errors';
import { hash } from './random';
import { parseTimestamp } from './timestamp';
import type { Position } from './feed-rows';

/** What a request asks for, checked. */
export interface FeedQuery {
	limit: number;
	order: 'asc' | 'desc';
	afterId?: Position;
	beforeId?: Position;
	/** Bounds in microseconds. */
	createdAt: { gt?: number; gte?: number; lt?: number; lte?: number };
	organizations?: Set<string>;
	types?: Set<string>;
	excludedTypes?: Set<string>;
	users?: Set<string>;
	/** Stands for everything asked but the cursor: a cursor is good for the query that gave it. */
	fingerprint: number;
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

/** Checks a query string the way the API does: the first fault found is answered with 400. */
export function parseQuery(
	parameters: URLSearchParams,
	knownTypes: ReadonlySet<string>,
): FeedQuery {
	const single = (name: (typeof SCALARS)[number]) => parameters.get(name) ?? undefined;
	const list = (...names: (typeof LISTS)[number][]) => {
		const values = names.flatMap((name) => parameters.getAll(name));
		return values.length > 0 ? new Set(values) : undefined;
	};

	for (const name of new Set(parameters.keys())) {
		if (!KNOWN.has(name)) throw invalid(name, 'Extra inputs are not permitted');
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
		throw invalid('order', "Input should be 'asc' or 'desc'");
	}

	const types = list('activity_types[]');
	const excludedTypes = list('exclude_activity_types[]');
	if (types && excludedTypes) {
		throw invalid('activity_types[]', 'Cannot be combined with exclude_activity_types[]');
	}
	for (const [name, values] of [
		['activity_types[]', types],
		['exclude_activity_types[]', excludedTypes],
	] as const) {
		for (const type of values ?? []) {
			if (!knownTypes.has(type)) throw invalid(name, `Unknown activity type '${type}'`);
		}
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
		const micros = parseTimestamp(text);
		if (micros === undefined) {
			throw invalid(`created_at.${bound}`, 'Input should be an RFC 3339 datetime with an offset');
		}
		createdAt[bound] = micros;
	}

	const fingerprint = fingerprintOf(parameters);
	const after = single('after_id');
	const before = single('before_id');
	if (after !== undefined && before !== undefined) {
		throw invalid('after_id', 'Cannot be combined with before_id');
	}
	return {
		limit: +limit,
		order,
		...(after !== undefined && { afterId: decodeCursor('after_id', after, fingerprint) }),
		...(before !== undefined && { beforeId: decodeCursor('before_id', before, fingerprint) }),
		createdAt,
		organizations,
		types,
		excludedTypes,
		users: list('actor_ids[]', 'user_ids[]'),
		fingerprint,
	};
}

/**
 * A cursor: opaque to clients, base64 of a small JSON. It names a position, not a row, and no key,
 * so that it outlives key rotation. `v` puts a `+` and a `/` into every cursor, whatever precedes
 * it: a client that does not encode them is found out at once.
 */
export function encodeCursor({ createdAtMicros, id }: Position, fingerprint: number): string {
	return toBase64(JSON.stringify({ t: createdAtMicros, i: id, q: fingerprint, v: '>>>???' }));
}

function decodeCursor(name: string, cursor: string, fingerprint: number): Position {
	let content: { t?: unknown; i?: unknown; q?: unknown } | null;
	try {
		const text = Buffer.from(cursor, 'base64').toString();
		if (toBase64(text) !== cursor) throw new SyntaxError('not base64');
		content = JSON.parse(text) as typeof content;
	} catch {
		throw invalid(name, 'Cursor cannot be decoded');
	}
	if (typeof content?.t !== 'number' || typeof content.i !== 'string') {
		throw invalid(name, 'Cursor cannot be decoded');
	}
	if (content.q !== fingerprint) throw invalid(name, 'Cursor belongs to another query');
	return { createdAtMicros: content.t, id: content.i };
}

function toBase64(text: string): string {
	return Buffer.from(text).toString('base64');
}

function fingerprintOf(parameters: URLSearchParams): number {
	const rest = [...parameters].filter(([name]) => name !== 'after_id' && name !== 'before_id');
	return hash(JSON.stringify(rest.map(String).sort()));
}

function invalid(parameter: string, message: string): FeedError {
	return new FeedError(400, `${parameter}: ${message}`);
}
