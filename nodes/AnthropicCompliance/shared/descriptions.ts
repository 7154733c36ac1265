import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { activityTypes, labelOf, MAX_PAGE_SIZE } from '../../../core';

/** With smaller pages, the activities that the requests themselves cause would weigh too much. */
export const LEAST_PAGE_SIZE = 10;
/** Large enough to be quick, and small enough for any version of the API. */
export const USUAL_PAGE_SIZE = 1000;

/**
 * The catalogue in readable labels. n8n's search looks at these alone, but with the type in them most
 * would be too long to be shown, and removed, as a chosen one.
 */
const activityTypeOptions: INodePropertyOptions[] = activityTypes
	.map((type) => ({ name: labelOf(type), value: type, description: type }))
	.sort((one, other) => one.name.localeCompare(other.name));

const SEARCH = 'Search by words, such as "chat created"';
const TYPED =
	"By the API's names, comma-separated: for types that are newer than the list above, or to paste several";

export const organizationIds: INodeProperties = {
	displayName: 'Organization IDs',
	name: 'organizationIds',
	type: 'string',
	default: '',
	placeholder: 'e.g. org_01AbCdEf, org_02GhIjKl',
	description:
		'Comma-separated, org_… or UUIDs. Leave empty for all organizations that the key reaches. Activities without an organization, such as sign-ins, come in any case.',
};

export const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add Filter',
	default: {},
	options: [
		{
			displayName: 'Activity Types',
			name: 'activityTypes',
			type: 'multiOptions',
			default: [],
			hint: SEARCH,
			description: 'Only these types. Cannot be combined with types to exclude.',
			options: activityTypeOptions,
		},
		{
			displayName: 'Activity Types to Exclude',
			name: 'excludeActivityTypes',
			type: 'multiOptions',
			default: [],
			hint: SEARCH,
			description: 'All but these types. Cannot be combined with types to include.',
			options: activityTypeOptions,
		},
		{
			displayName: 'Other Types',
			name: 'otherActivityTypes',
			type: 'string',
			default: '',
			placeholder: 'e.g. claude_chat_created',
			description: TYPED,
		},
		{
			displayName: 'Other Types to Exclude',
			name: 'otherExcludedActivityTypes',
			type: 'string',
			default: '',
			placeholder: 'e.g. claude_chat_viewed',
			description: TYPED,
		},
		{
			displayName: 'User IDs',
			name: 'userIds',
			type: 'string',
			default: '',
			placeholder: 'e.g. user_01AbCdEf, user_02GhIjKl',
			description: 'Comma-separated. Only what these users did.',
		},
	],
};

export const includeRawJson: INodeProperties = {
	displayName: 'Include Raw JSON',
	name: 'includeRawJson',
	type: 'boolean',
	default: false,
	description:
		'Whether to add the field rawJson with the text of the record exactly as the API sent it, for evidence and hashes',
};

export const pageSize: INodeProperties = {
	displayName: 'Page Size',
	name: 'pageSize',
	type: 'number',
	typeOptions: { minValue: LEAST_PAGE_SIZE, maxValue: MAX_PAGE_SIZE },
	default: USUAL_PAGE_SIZE,
	description: 'How many activities to ask the API for in one request',
};

export const simplify: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};
