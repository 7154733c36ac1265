/** The share of the longer name that may differ between similar names. */
const TOLERANCE = 0.4;

/** The candidate that a mistyped name most likely means; undefined if none is similar. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
	let best: string | undefined;
	let least = Infinity;
	for (const candidate of candidates) {
		const difference = distance(name, candidate) / Math.max(name.length, candidate.length);
		if (difference <= TOLERANCE && difference < least) [best, least] = [candidate, difference];
	}
	return best;
}

/** How many characters must be inserted, deleted or replaced. */
function distance(from: string, to: string): number {
	let row = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (let i = 1; i <= from.length; i++) {
		const next = [i];
		for (let j = 1; j <= to.length; j++) {
			const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
			next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
		}
		row = next;
	}
	return row[to.length]!;
}
