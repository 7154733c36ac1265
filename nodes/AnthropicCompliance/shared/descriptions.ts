import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import {
	activityTypes,
	categories,
	defaultWatches,
	labelOf,
	MAX_PAGE_SIZE,
	severities,
	type Watch,
} from '../../../core';
import { choosableCategories } from './activity-types';

/** With smaller pages, too many of the activities would be those of the requests themselves. */
export const LEAST_PAGE_SIZE = 10;
/** Large enough to be fast, and small enough for every version of the API. */
export const USUAL_PAGE_SIZE = 1000;

/**
 * The catalogue, with readable labels. n8n searches only the labels. They do not contain the type,
 * because most would then be too long for n8n to show, and to let users remove, once chosen.
 */
const activityTypeOptions: INodePropertyOptions[] = activityTypes
	.map((type) => ({ name: labelOf(type), value: type, description: type }))
	.sort((one, other) => one.name.localeCompare(other.name));

const categoryOptions: INodePropertyOptions[] = choosableCategories
	.map((category) => ({
		name: labelOf(category.replaceAll('-', '_')),
		value: category,
		description: categories[category],
	}))
	.sort((one, other) => one.name.localeCompare(other.name));

const watchOptions: INodePropertyOptions[] = defaultWatches
	.map((watch) => ({ name: watch.title, value: watch.id, description: descriptionOf(watch) }))
	.sort((one, other) => one.name.localeCompare(other.name));

const severityOptions: INodePropertyOptions[] = severities.map((severity) => ({
	name: severity === 'info' ? 'Any' : labelOf(severity),
	value: severity,
}));

/** n8n shows no Markdown. */
function descriptionOf({ severity, why }: Watch): string {
	return `${labelOf(severity)}. ${why.replaceAll('`', '')}`;
}

const searchHint = (fieldForNames: string) =>
	`Search by words, such as "chat created". Paste names of the API, such as org_sso_toggled, into ${fieldForNames}.`;
const TYPED =
	"The same by the API's names, comma-separated. Use it to paste names, or for types that the list does not have yet.";
const TYPES_BY_NAME = 'Types by API Name';
const EXCLUDED_BY_NAME = 'Types by API Name to Exclude';

export const organizationIds: INodeProperties = {
	displayName: 'Organization IDs',
	name: 'organizationIds',
	type: 'string',
	default: '',
	placeholder: 'e.g. org_01AbCdEf, org_02GhIjKl',
	description:
		'Comma-separated, org_… or UUIDs. Leave empty for all organizations that the key reaches. Activities without an organization, such as sign-ins, are always included.',
};

export const minimumSeverity: INodeProperties = {
	displayName: 'Minimum Severity',
	name: 'minimumSeverity',
	type: 'options',
	default: 'info',
	description:
		'Only activities that are at least as severe, by themselves or by a watch that they set off. The API cannot filter by it, so the node still reads the others, and drops them. Unreadable records always come.',
	options: severityOptions,
};

export const watches: INodeProperties = {
	displayName: 'Watches',
	name: 'watches',
	type: 'multiOptions',
	default: [],
	description:
		'Only activities that set off one of these watches: rules that say which activities are worth a look. The API cannot filter by it, so the node still reads the others, and drops them. Unreadable records always come.',
	options: watchOptions,
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
			hint: searchHint(TYPES_BY_NAME),
			description: 'Only these types. Cannot be combined with types to exclude.',
			options: activityTypeOptions,
		},
		{
			displayName: 'Activity Types to Exclude',
			name: 'excludeActivityTypes',
			type: 'multiOptions',
			default: [],
			hint: searchHint(EXCLUDED_BY_NAME),
			description: 'All types except these. Cannot be combined with types to include.',
			options: activityTypeOptions,
		},
		{
			displayName: 'Categories',
			name: 'categories',
			type: 'multiOptions',
			default: [],
			description:
				'Only activities of these categories, and of the types to include. Types to exclude are left out. A category is the types that this version of the node knows: newer ones do not come.',
			options: categoryOptions,
		},
		minimumSeverity,
		{
			displayName: TYPES_BY_NAME,
			name: 'typesByApiName',
			type: 'string',
			default: '',
			placeholder: 'e.g. org_sso_toggled, claude_chat_created',
			description: TYPED,
		},
		{
			displayName: EXCLUDED_BY_NAME,
			name: 'excludedTypesByApiName',
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
			description: 'Comma-separated. Only activities of these users.',
		},
		watches,
	],
};

export const includeRawJson: INodeProperties = {
	displayName: 'Include Raw JSON',
	name: 'includeRawJson',
	type: 'boolean',
	default: false,
	description:
		'Whether to add the field rawJson: the text of the record exactly as the API sent it, for evidence and hashes',
};

export const pageSize: INodeProperties = {
	displayName: 'Page Size',
	name: 'pageSize',
	type: 'number',
	typeOptions: { minValue: LEAST_PAGE_SIZE, maxValue: MAX_PAGE_SIZE },
	default: USUAL_PAGE_SIZE,
	description: 'How many activities to ask the API for in one request',
};

export const output: INodeProperties = {
	displayName: 'Output',
	name: 'output',
	type: 'options',
	default: 'simplified',
	description: 'What an item holds of an activity',
	options: [
		{
			name: 'ECS',
			value: 'ecs',
			description: 'A document of the Elastic Common Schema 9.4, as Elastic maps this feed',
		},
		{ name: 'OCSF', value: 'ocsf', description: 'An event of OCSF 1.6.0, for a SIEM or data lake' },
		{
			name: 'Raw',
			value: 'raw',
			description: 'The record as the API sent it, with severity and watches',
		},
		{
			name: 'Selected Fields',
			value: 'selected',
			description: 'Only those fields of a simplified item that you choose, and the ID',
		},
		{
			name: 'Simplified',
			value: 'simplified',
			description: 'The fields that most workflows need, without nesting',
		},
	],
};

export const fields: INodeProperties = {
	displayName: 'Fields',
	name: 'fields',
	type: 'multiOptions',
	default: ['time', 'label', 'actor'],
	description: 'The fields of a simplified item to return. The ID always comes.',
	displayOptions: { show: { output: ['selected'] } },
	options: [
		{ name: 'Accessed At', value: 'accessedAt', description: 'When Anthropic accessed the data' },
		{ name: 'Actor', value: 'actor', description: 'Who did it: an e-mail address, else an ID' },
		{ name: 'Actor Type', value: 'actorType', description: 'Such as user or api' },
		{ name: 'Category', value: 'category', description: 'What the type is about' },
		{ name: 'Details', value: 'details', description: 'What changed, and the user agent' },
		{ name: 'IP Address', value: 'ipAddress', description: 'Where the actor was' },
		{ name: 'Label', value: 'label', description: 'The type in words' },
		{ name: 'Organization ID', value: 'organizationId', description: 'Where it happened' },
		{ name: 'Outcome', value: 'outcome', description: 'Success, failure or unknown' },
		{
			name: 'Severity',
			value: 'severity',
			description: 'From info to critical, as the watches raise it',
		},
		{ name: 'Target IDs', value: 'targetIds', description: 'What it was done to' },
		{ name: 'Target User', value: 'targetUser', description: 'Whom it was done to' },
		{ name: 'Time', value: 'time', description: 'When it happened' },
		{ name: 'Type', value: 'type', description: "The API's name of the activity type" },
		{ name: 'Watches', value: 'watches', description: 'The IDs of the watches that it set off' },
	],
};
