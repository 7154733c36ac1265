import { isKnownActivityType, suggestActivityType } from './catalogue/catalogue';
import { ComplianceError, quote } from './errors';
import { fingerprint } from './fingerprints';

/** Which activities the feed is asked for. Empty lists filter nothing. */
export interface Filters {
	readonly organizationIds: readonly string[];
	readonly activityTypes: readonly string[];
	readonly excludeActivityTypes: readonly string[];
	readonly userIds: readonly string[];
}

export const NO_FILTERS: Filters = {
	organizationIds: [],
	activityTypes: [],
	excludeActivityTypes: [],
	userIds: [],
};

const ORGANIZATION_ID =
	/^(org_[\w-]+|[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12})$/;
const USER_ID = /^user_[\w-]+$/;
const ACTIVITY_TYPE = /^[a-z][a-z0-9_]*$/;

/**
 * Reads the filters from the texts that users give, before the first request is made.
 *
 * @param lists each a list whose entries are separated by commas, spaces or newlines
 * @param warn is told of activity types the catalogue lacks; they are passed on, since the feed grows
 * @throws ComplianceError `invalid-setting` for malformed ids and for filters that contradict each other
 */
export function parseFilters(
	lists: { [list in keyof Filters]?: string },
	warn: (message: string) => void,
): Filters {
	const filters: Filters = {
		organizationIds: parseList(lists.organizationIds, ORGANIZATION_ID, {
			name: 'organization id',
			form: 'org_… or a UUID',
		}),
		activityTypes: parseList(lists.activityTypes, ACTIVITY_TYPE, {
			name: 'activity type',
			form: 'lower-case words joined by _, such as claude_chat_created',
		}),
		excludeActivityTypes: parseList(lists.excludeActivityTypes, ACTIVITY_TYPE, {
			name: 'activity type to exclude',
			form: 'lower-case words joined by _, such as claude_chat_created',
		}),
		userIds: parseList(lists.userIds, USER_ID, { name: 'user id', form: 'user_…' }),
	};
	if (filters.activityTypes.length > 0 && filters.excludeActivityTypes.length > 0) {
		throw new ComplianceError(
			'invalid-setting',
			'Activity types to include and to exclude were both given, which the API does not allow.',
			{ remedy: 'Keep one of the two lists.' },
		);
	}
	for (const type of [...filters.activityTypes, ...filters.excludeActivityTypes]) {
		if (isKnownActivityType(type)) continue;
		const suggestion = suggestActivityType(type);
		warn(
			`The activity type ${quote(type)} is not in this version's catalogue. ${
				suggestion ? `Did you mean ${suggestion}? ` : ''
			}It is passed on as given, since the feed grows; the API refuses a type it does not know.`,
		);
	}
	return filters;
}

/** A fixed-size mark that tells one set of filters from another. */
export function fingerprintOfFilters(filters: Filters): string {
	return fingerprint(
		JSON.stringify([
			filters.organizationIds,
			filters.activityTypes,
			filters.excludeActivityTypes,
			filters.userIds,
		]),
	);
}

function parseList(
	text: string | undefined,
	pattern: RegExp,
	entry: { name: string; form: string },
): string[] {
	const entries = [...new Set((text ?? '').split(/[\s,]+/).filter(Boolean))].sort();
	const malformed = entries.filter((each) => !pattern.test(each));
	if (malformed.length > 0) {
		throw new ComplianceError(
			'invalid-setting',
			`Not ${/^[aeio]/.test(entry.name) ? 'an' : 'a'} ${entry.name}: ${quote(malformed.join(', '))}.`,
			{ remedy: `Expected ${entry.form}; separate several by comma, space or newline.` },
		);
	}
	return entries;
}
