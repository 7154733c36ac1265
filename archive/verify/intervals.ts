import { describeFilters, filtersIn } from '../../core';
import type { Manifest } from '../manifest';

/** An interval of the feed that the archive holds completely. Instants are RFC 3339, as in manifests. */
export interface CoveredInterval {
	readonly from: string;
	readonly to: string;
	/** The filters of the runs in words, without ids; `undefined` when there were none. */
	readonly filters: string | undefined;
}

/** The intervals that manifests cover without a hole and with the same filters. */
export function coveredIntervals(manifests: readonly Manifest[]): CoveredInterval[] {
	return byInterval(manifests).flatMap((series) => {
		const [first, last] = [series[0], series.at(-1)];
		if (!first || !last) return [];
		const asked = describeFilters(filtersIn(first.query));
		const filters = asked && `${asked} (as in the query of manifest ${first.sequence})`;
		return { from: first.coverage.from, to: last.coverage.to, filters };
	});
}

/** A covered interval in one line, safe for a terminal and for Markdown. */
export function describeCovered({ from, to, filters }: CoveredInterval): string {
	return `${from} to ${to}${filters === undefined ? '' : `, only ${filters}`}`;
}

/**
 * Groups manifests that follow each other without a hole in their coverage and with the same filters.
 * After a change of filters, the archive is complete in another respect.
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
