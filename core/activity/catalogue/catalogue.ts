import { activityTypes } from './activity-types';
import { type Category, categoryOf } from './category';

const known = new Set(activityTypes);

/** Whether the catalogue lists the type. The live feed knows more types than the catalogue. */
export function isKnownActivityType(type: string): boolean {
	return known.has(type);
}

/** The types of a category that the catalogue lists. */
export function typesOfCategory(category: Category): readonly string[] {
	return activityTypes.filter((type) => categoryOf(type) === category);
}

/**
 * The catalogue's type that the user most likely meant.
 *
 * @returns `undefined` when none is close: then it is more likely a new type than a typing error
 */
export function suggestActivityType(type: string): string | undefined {
	const farthest = Math.max(2, Math.floor(type.length / 5));
	let best: string | undefined;
	let bestDistance = farthest + 1;
	for (const candidate of activityTypes) {
		if (Math.abs(candidate.length - type.length) >= bestDistance) continue;
		const distance = editDistance(type, candidate);
		if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
	}
	return best;
}

/** Levenshtein distance: how many characters to insert, delete or replace. */
function editDistance(from: string, to: string): number {
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
