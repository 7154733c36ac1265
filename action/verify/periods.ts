import type { Manifest } from '../archive/manifest';
import { type RequestFilter, requestFilters, stretchesOf } from './stretches';

/** A span of the feed that the archive holds whole. Instants are RFC 3339, as in manifests. */
export interface Period {
	readonly from: string;
	readonly to: string;
	/** What the runs were asked for, in words without any id; `undefined` when it was everything. */
	readonly filters: string | undefined;
}

/** By the name of a request's parameter, what it lets through. */
const FILTERS: Record<RequestFilter[0], (values: readonly string[]) => string> = {
	organization_ids: (ids) => `${ids.length} of the organizations`,
	activity_types: (types) => `the activity types ${listed(types)}`,
	exclude_activity_types: (types) => `all activity types but ${listed(types)}`,
	user_ids: (ids) => `${ids.length} of the users`,
};

/** Spans that are covered without a hole, each by runs with the same filters. */
export function periodsOf(manifests: readonly Manifest[]): Period[] {
	return stretchesOf(manifests).flatMap((stretch) => {
		const [first, last] = [stretch[0], stretch.at(-1)];
		if (!first || !last) return [];
		const filters = inWords(requestFilters(first.query), first.sequence);
		return { from: first.coverage.from, to: last.coverage.to, filters };
	});
}

/** A period in one line, which no terminal and no Markdown takes for its own. */
export function describePeriod({ from, to, filters }: Period): string {
	return `${from} to ${to}${filters === undefined ? '' : `, only ${filters}`}`;
}

function inWords(filters: readonly RequestFilter[], sequence: number): string | undefined {
	if (filters.length === 0) return undefined;
	const parts = filters.map(([name, values]) => FILTERS[name](values));
	return `${parts.join(', ')} (as in the query of manifest ${sequence})`;
}

/** The manifest is a file that anybody may have changed, so only what types look like is shown. */
function listed(types: readonly string[]): string {
	const plain = types.every((type) => /^[a-z][a-z0-9_]{0,80}$/.test(type));
	return plain && types.length <= 20 ? types.join(', ') : `of a list of ${types.length}`;
}
