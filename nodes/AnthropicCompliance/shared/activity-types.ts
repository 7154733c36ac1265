import {
	categories as allCategories,
	type Category,
	type Filters,
	quote,
	typesOfCategory,
	UserError,
} from '../../../core';

/** The categories that a user can choose: `other` has no type that the catalogue knows. */
export const choosableCategories = (Object.keys(allCategories) as Category[]).filter(
	(category) => typesOfCategory(category).length > 0,
);

/** What a node adds to the filters that the API knows. */
export interface TypeChoice {
	/** Only types of these categories, as the user chose them; empty for all. */
	readonly categories: readonly string[];
	/** Types to leave out unless the user names them among the types to include. */
	readonly leftOut: readonly string[];
}

/**
 * Turns categories and types to leave out into activity types, because the API filters by nothing else. So
 * a request shows them, and the fingerprint of the filters covers them. A type of a chosen category that
 * the catalogue lacks cannot be named, so it does not come.
 *
 * @param filters what the user names is added to the categories; what the user excludes is taken out of them
 * @throws UserError `invalid-setting` for an unknown category, or if no type is left
 */
export function resolveTypes(filters: Filters, { categories, leftOut }: TypeChoice): Filters {
	const excluded = new Set([...filters.excludeActivityTypes, ...leftOut]);
	if (categories.length === 0) {
		if (filters.activityTypes.length > 0) return filters;
		return { ...filters, excludeActivityTypes: [...excluded].sort() };
	}
	const types = categories.flatMap(typesIn).filter((type) => !excluded.has(type));
	const activityTypes = [...new Set([...filters.activityTypes, ...types])].sort();
	// For the API, an empty list would mean all types.
	if (activityTypes.length === 0) {
		throw new UserError(
			'invalid-setting',
			'The filters exclude every activity type of the categories.',
			{ remedy: 'Exclude fewer types, or choose another category.' },
		);
	}
	return { ...filters, activityTypes, excludeActivityTypes: [] };
}

function typesIn(category: string): readonly string[] {
	const known = choosableCategories.find((each) => each === category);
	if (known) return typesOfCategory(known);
	throw new UserError('invalid-setting', `Not a category of activities: ${quote(category)}.`, {
		remedy: `Choose among ${choosableCategories.join(', ')}.`,
	});
}
