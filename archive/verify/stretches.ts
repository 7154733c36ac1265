import { filtersIn } from '../../core';
import type { Manifest } from '../manifest';

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
	const filters = ({ query }: Manifest) => JSON.stringify(filtersIn(query));
	return before.coverage.to === manifest.coverage.from && filters(before) === filters(manifest);
}
