import { isKnownActivityType, suggestActivityType } from '../activity/catalogue/catalogue';
import { UserError, quote } from '../errors';
import { fingerprint } from '../fingerprint';

/** The properties of a filter. */
interface FilterKind {
	/** The parameter of a request. It may occur several times. */
	readonly parameter: string;
	readonly pattern: RegExp;
	/** What messages call one entry, and its form. */
	readonly name: string;
	readonly form: string;
	/** What messages call several entries, and how to need fewer. */
	readonly names: string;
	readonly shorten: string;
	/** Describes what the filter lets through, without any id. */
	readonly letsThrough: (values: readonly string[]) => string;
}

const ACTIVITY_TYPE = /^[a-z][a-z0-9_]*$/;
const ACTIVITY_TYPE_FORM = 'lower-case words joined by _, such as claude_chat_created';

/**
 * All filters of the Activity Feed. All code that reads, sends, stores or shows filters uses this
 * table. A new filter is a row at its end; the type checker then names every place that lacks it.
 */
const FILTERS = {
	organizationIds: {
		parameter: 'organization_ids[]',
		pattern:
			/^(org_[\w-]+|[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12})$/,
		name: 'organization id',
		form: 'org_… or a UUID',
		names: 'organization ids',
		shorten: 'Name fewer of them, or none, to read all organizations that the key reaches.',
		letsThrough: (ids) => `${ids.length} of the organizations`,
	},
	activityTypes: {
		parameter: 'activity_types[]',
		pattern: ACTIVITY_TYPE,
		name: 'activity type',
		form: ACTIVITY_TYPE_FORM,
		names: 'activity types',
		shorten: 'Name fewer activity types, or exclude those that are not wanted instead.',
		letsThrough: (types) => `the activity types ${listed(types)}`,
	},
	excludeActivityTypes: {
		parameter: 'exclude_activity_types[]',
		pattern: ACTIVITY_TYPE,
		name: 'activity type to exclude',
		form: ACTIVITY_TYPE_FORM,
		names: 'activity types to exclude',
		shorten: 'Exclude fewer activity types, or name those that are wanted instead.',
		letsThrough: (types) => `all activity types but ${listed(types)}`,
	},
	userIds: {
		parameter: 'user_ids[]',
		pattern: /^user_[\w-]+$/,
		name: 'user id',
		form: 'user_…',
		names: 'user ids',
		shorten: 'Name fewer of them.',
		letsThrough: (ids) => `${ids.length} of the users`,
	},
} as const satisfies Record<string, FilterKind>;

export type FilterName = keyof typeof FILTERS;

/** The filters of a request. An empty list filters nothing. */
export type Filters = Readonly<Record<FilterName, readonly string[]>>;

const NAMES = Object.keys(FILTERS) as FilterName[];
/** How many filters every version has had. */
const FIRST_FILTERS = 4;

export const NO_FILTERS: Filters = filtersOf(() => []);

/**
 * Reads the filters from the texts that users give, before the first request is made.
 *
 * @param lists each a list whose entries are separated by commas, spaces or newlines
 * @param warn gets a warning about types that the catalogue lacks; they are used, because the feed grows
 * @throws UserError `invalid-setting` for malformed ids and for filters that contradict each other
 */
export function parseFilters(
	lists: Readonly<Partial<Record<FilterName, string>>>,
	warn: (message: string) => void,
): Filters {
	const filters = filtersOf((name) => entriesOf(lists[name] ?? ''));
	checkFilters(filters, warn);
	return filters;
}

/**
 * Checks filters.
 *
 * @param warn as in `parseFilters`
 * @throws UserError as `parseFilters` does
 */
export function checkFilters(filters: Filters, warn: (message: string) => void): void {
	for (const name of NAMES) checkEntries(filters[name], FILTERS[name]);
	if (filters.activityTypes.length > 0 && filters.excludeActivityTypes.length > 0) {
		throw new UserError(
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
}

/** The filters among the parameters of a request. They are not checked. */
export function filtersIn(query: string): Filters {
	const parameters = new URLSearchParams(query);
	return filtersOf((name) => parameters.getAll(FILTERS[name].parameter).sort());
}

/** The parameters of a request, each with its name and its value. */
export function parametersOfFilters(filters: Filters): [parameter: string, value: string][] {
	return NAMES.flatMap((name) =>
		filters[name].map((value): [string, string] => [FILTERS[name].parameter, value]),
	);
}

/**
 * A fingerprint that identifies a set of filters.
 *
 * A filter that a later version adds counts only if it is set. Otherwise every checkpoint would seem
 * to have other filters.
 */
export function fingerprintOfFilters(filters: Filters): string {
	const lists = NAMES.map((name) => filters[name]);
	while (lists.length > FIRST_FILTERS && lists.at(-1)?.length === 0) lists.pop();
	return fingerprint(JSON.stringify(lists));
}

/** Describes what filters let through, without any id; `undefined` if that is everything. */
export function describeFilters(filters: Filters): string | undefined {
	const parts = NAMES.filter((name) => filters[name].length > 0).map((name) =>
		FILTERS[name].letsThrough(filters[name]),
	);
	return parts.length > 0 ? parts.join(', ') : undefined;
}

/** The filter that makes a request longest, in words, and how to make it shorter. */
export function longestOf(filters: Filters): { length: number; what: string; shorten: string } {
	const [longest] = NAMES.map((name) => {
		const { names, shorten } = FILTERS[name];
		const values = filters[name];
		return { length: values.join().length, what: `${values.length} ${names}`, shorten };
	}).sort((one, other) => other.length - one.length);
	return longest!;
}

function filtersOf(listOf: (name: FilterName) => readonly string[]): Filters {
	return Object.fromEntries(NAMES.map((name) => [name, listOf(name)])) as unknown as Filters;
}

/** The entries of a list as a user types it, separated by commas or white space: each once, sorted. */
export function entriesOf(list: string): string[] {
	return [...new Set(list.split(/[\s,]+/).filter(Boolean))].sort();
}

function checkEntries(entries: readonly string[], { pattern, name, form }: FilterKind): void {
	const malformed = entries.filter((each) => !pattern.test(each));
	if (malformed.length === 0) return;
	throw new UserError(
		'invalid-setting',
		`Not ${/^[aeio]/.test(name) ? 'an' : 'a'} ${name}: ${quote(malformed.join(', '))}.`,
		{ remedy: `Write ${form}; separate several by comma, space or newline.` },
	);
}

/** Shows only texts that look like types, because they may come from a file that anybody may change. */
function listed(types: readonly string[]): string {
	const plain = types.every((type) => type.length <= 80 && ACTIVITY_TYPE.test(type));
	return plain && types.length <= 20 ? types.join(', ') : `of a list of ${types.length}`;
}
