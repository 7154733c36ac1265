import { describeFilters, filtersIn } from '../../core';
import type { Manifest } from '../manifest';

/** An interval of the feed that the archive holds whole. Instants are RFC 3339, as in manifests. */
export interface CoveredInterval {
	readonly from: string;
	readonly to: string;
	/** What the runs were asked for, in words without any id; `undefined` when it was everything. */
	readonly filters: string | undefined;
}

/** What manifests cover without a hole, each interval by runs with the same filters. */
export function coveredIntervals(manifests: readonly Manifest[]): CoveredInterval[] {
	return byInterval(manifests).flatMap((series) => {
		const [first, last] = [series[0], series.at(-1)];
		if (!first || !last) return [];
		const asked = describeFilters(filtersIn(first.query));
		const filters = asked && `${asked} (as in the query of manifest ${first.sequence})`;
		return { from: first.coverage.from, to: last.coverage.to, filters };
	});
}

/** A covered interval in one line, which no terminal and no Markdown takes for its own. */
export function describeCovered({ from, to, filters }: CoveredInterval): string {
	return `${from} to ${to}${filters === undefined ? '' : `, only ${filters}`}`;
}

/**
 * Manifests that follow each other without a hole in what they cover, and with the same filters: with
 * other ones, it is something else that the archive holds whole.
 */
export function byInterval(manifests: readonly Manifest[]): Manifest[][] {
	const intervals: Manifest[][] = [];
	for (const manifest of manifests) {
		const interval = intervals.at(-1);
		const before = interval?.at(-1);
		if (interval && before && goesOn(before, manifest)) interval.push(manifest);
		else intervals.push([manifest]);
	}
	return intervals;
}

function goesOn(before: Manifest, manifest: Manifest): boolean {
	const filters = ({ query }: Manifest) => JSON.stringify(filtersIn(query));
	return before.coverage.to === manifest.coverage.from && filters(before) === filters(manifest);
}
