import { activityTypes } from './activity-types';
import { type Category, categoryOf } from './category';
import { closest } from './closest';

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
	return closest(type, activityTypes);
}
