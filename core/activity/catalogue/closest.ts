/**
 * The word of a list that the user most likely meant.
 *
 * @returns `undefined` when none is close
 */
export function closest(word: string, words: Iterable<string>): string | undefined {
	// Less than the whole word.
	const farthest = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 5)));
	let best: string | undefined;
	let bestDistance = farthest + 1;
	for (const candidate of words) {
		if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
		const distance = editDistance(word, candidate);
		if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
	}
	return best;
}

/** Levenshtein distance: how many characters to insert, delete or replace. */
export function editDistance(from: string, to: string): number {
	let row = Array.from({ length: to.length + 1 }, (_, column) => column);
	for (let i = 1; i <= from.length; i++) {
		const next = [i];
		for (let j = 1; j <= to.length; j++) {
			const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
			next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[to.length] ?? 0;
}
