import type { Manifest } from '../archive/manifest';

const FILTERS = [
	'organization_ids',
	'activity_types',
	'exclude_activity_types',
	'user_ids',
] as const;

/** A filter that a request has, by the name of its parameter, with its values, sorted. */
export type RequestFilter = readonly [name: (typeof FILTERS)[number], values: readonly string[]];

/** The filters among the parameters of a request. */
export function requestFilters(query: string): RequestFilter[] {
	const parameters = new URLSearchParams(query);
	return FILTERS.map((name) => [name, parameters.getAll(`${name}[]`).sort()] as const).filter(
		([, values]) => values.length > 0,
	);
}

/**
 * Manifests that follow each other without a hole in what they cover, and with the same filters: with
 * other ones, it is something else that the archive holds whole.
 */
export function stretchesOf(manifests: readonly Manifest[]): Manifest[][] {
	const stretches: Manifest[][] = [];
	for (const manifest of manifests) {
		const stretch = stretches.at(-1);
		const before = stretch?.at(-1);
		if (stretch && before && goesOn(before, manifest)) stretch.push(manifest);
		else stretches.push([manifest]);
	}
	return stretches;
}

function goesOn(before: Manifest, manifest: Manifest): boolean {
	const filters = ({ query }: Manifest) => JSON.stringify(requestFilters(query));
	return before.coverage.to === manifest.coverage.from && filters(before) === filters(manifest);
}
