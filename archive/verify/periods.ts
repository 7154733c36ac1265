import { describeFilters, filtersIn } from '../../core';
import type { Manifest } from '../manifest';
import { stretchesOf } from './stretches';

/** A span of the feed that the archive holds whole. Instants are RFC 3339, as in manifests. */
export interface Period {
	readonly from: string;
	readonly to: string;
	/** What the runs were asked for, in words without any id; `undefined` when it was everything. */
	readonly filters: string | undefined;
}

/** Spans that are covered without a hole, each by runs with the same filters. */
export function periodsOf(manifests: readonly Manifest[]): Period[] {
	return stretchesOf(manifests).flatMap((stretch) => {
		const [first, last] = [stretch[0], stretch.at(-1)];
		if (!first || !last) return [];
		const asked = describeFilters(filtersIn(first.query));
		const filters = asked && `${asked} (as in the query of manifest ${first.sequence})`;
		return { from: first.coverage.from, to: last.coverage.to, filters };
	});
}

/** A period in one line, which no terminal and no Markdown takes for its own. */
export function describePeriod({ from, to, filters }: Period): string {
	return `${from} to ${to}${filters === undefined ? '' : `, only ${filters}`}`;
}
