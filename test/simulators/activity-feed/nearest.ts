import { editDistance } from '../../../core/activity/catalogue/closest';

/** The share of the longer name that may differ between similar names. */
const TOLERANCE = 0.4;

/** The candidate that a mistyped name most likely means; undefined if none is similar. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
	let best: string | undefined;
	let least = Infinity;
	for (const candidate of candidates) {
		const difference = editDistance(name, candidate) / Math.max(name.length, candidate.length);
		if (difference <= TOLERANCE && difference < least) [best, least] = [candidate, difference];
	}
	return best;
}
