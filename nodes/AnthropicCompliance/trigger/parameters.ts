import type { IDataObject, INodeProperties, IPollFunctions } from 'n8n-workflow';
import {
	UserError,
	DEFAULT_OVERLAP_MS,
	formatInstant,
	LEAST_OVERLAP_MS,
	LONGEST_OVERLAP_MS,
	MAX_PAGE_SIZE,
	parseBackfillStart,
} from '../../../core';
import {
	fields,
	filters,
	includeRawJson,
	organizationIds,
	output,
	pageSize,
	USUAL_PAGE_SIZE,
} from '../shared/descriptions';
import {
	asText,
	type ReadParameter,
	readBoolean,
	readChoice,
	readInteger,
	readSettings,
	readTime,
	type Settings,
	type Warn,
} from '../shared/settings';

const MINUTE_MS = 60_000;

// n8n's lint does not recognise a default that is calculated in place.
const DEFAULT_OVERLAP = DEFAULT_OVERLAP_MS / MINUTE_MS;

const backfillStartTime: INodeProperties = {
	displayName: 'Backfill Start Time',
	name: 'backfillStartTime',
	type: 'options',
	default: '90DaysBack',
	description: 'Where the first poll starts. Later polls continue where the last one ended.',
	options: [
		{
			name: '90 Days Back',
			value: '90DaysBack',
			description: 'The activities of the last 90 days come first',
		},
		{
			name: 'Date',
			value: 'date',
			description: 'The activities since a date of your choice come first',
		},
		{
			name: 'Now',
			value: 'now',
			description: 'Only what happens after the workflow is published',
		},
	],
};

const backfillStartDate: INodeProperties = {
	displayName: 'Backfill Start Date',
	name: 'backfillStartDate',
	type: 'dateTime',
	required: true,
	default: '',
	placeholder: 'e.g. 2026-01-31T00:00:00Z',
	hint: 'Another date later on makes the trigger start again from it',
	description:
		'ISO 8601. A time without an offset is in the time zone of the workflow. An expression only decides where the first poll starts. The API keeps activities for 6 years.',
	displayOptions: { show: { backfillStartTime: ['date'] } },
};

const maxActivities: INodeProperties = {
	displayName: 'Max Activities per Poll',
	name: 'maxActivities',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: MAX_PAGE_SIZE,
	description:
		'The most activities that one execution gets. Nothing is skipped: the next polls bring the rest.',
};

const includeOwnRequests: INodeProperties = {
	displayName: 'Include Own Requests',
	name: 'includeOwnRequests',
	type: 'boolean',
	default: false,
	description:
		"Whether to deliver the activities that this trigger's own requests cause in the feed. Requests of others are always delivered. If this is on, each poll causes an activity that starts the workflow at the next poll.",
};

const overlap: INodeProperties = {
	displayName: 'Overlap (Minutes)',
	name: 'overlap',
	type: 'number',
	typeOptions: {
		minValue: LEAST_OVERLAP_MS / MINUTE_MS,
		maxValue: LONGEST_OVERLAP_MS / MINUTE_MS,
	},
	default: DEFAULT_OVERLAP,
	description:
		'How late an activity may appear in the feed and still be found. The API documents 1 minute; less than 2 would leave no room for clocks that differ. The overlap repeats no activity.',
};

const deliver: INodeProperties = {
	displayName: 'Deliver',
	name: 'deliver',
	type: 'options',
	default: 'once',
	description: 'When a batch of activities counts as delivered',
	options: [
		{
			name: 'Once to a Started Execution',
			value: 'once',
			description: 'If the execution fails, it has the activities, and they do not come again',
		},
		{
			name: 'Until the Workflow Succeeds',
			value: 'untilSuccess',
			description:
				'If the execution fails, the same activities come again, with the same IDs, after 1, 2, 4 … minutes. Store them by ID. The next batch follows once this one has succeeded.',
		},
	],
};

const giveUpAfter: INodeProperties = {
	displayName: 'Give Up After (Tries)',
	name: 'giveUpAfter',
	type: 'number',
	typeOptions: { minValue: 3, maxValue: 1000 },
	default: 12,
	description:
		'After how many failed executions the trigger goes on without the activity that fails; 12 take about 6 hours. One more failed execution then says which activity is missing.',
	displayOptions: { show: { deliver: ['untilSuccess'] } },
};

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		deliver,
		fields,
		giveUpAfter,
		includeOwnRequests,
		includeRawJson,
		output,
		overlap,
		{ ...pageSize, default: usualPageSize(maxActivities.default as number) },
	],
};

/** The parameters of the trigger, in the panel's order. */
export const triggerDescription: INodeProperties[] = [
	backfillStartTime,
	backfillStartDate,
	{
		displayName:
			'Publishing the workflow brings the past first, oldest first: at most Max Activities per Poll in one execution, the rest poll by poll. Choose "Now" to leave the past out.',
		name: 'backlogNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { backfillStartTime: ['90DaysBack', 'date'] } },
	},
	{
		displayName:
			'Publishing the workflow brings nothing of the past: only what happens from then on. To read an earlier interval, use the node "Anthropic Compliance".',
		name: 'nowNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { backfillStartTime: ['now'] } },
	},
	organizationIds,
	maxActivities,
	filters,
	options,
];

/** The settings of the trigger. */
export interface TriggerSettings extends Settings {
	readonly start: BackfillStart;
	readonly maxActivities: number;
	/** Milliseconds. */
	readonly overlap: number;
	readonly includeOwnRequests: boolean;
	readonly deliver: 'once' | 'untilSuccess';
	/** After how many tries the trigger goes on without what cannot be delivered. */
	readonly giveUpAfter: number;
}

/** Where the first poll starts. */
export type BackfillStart =
	| { readonly at: '90DaysBack' | 'now' }
	/** The setting as the user typed it, and its instant in milliseconds since the epoch. */
	| { readonly at: 'date'; readonly text: string; readonly instant: number };

/**
 * Reads the settings of the trigger.
 *
 * @param warn gets a message about activity types that the catalogue lacks
 * @throws UserError `invalid-setting` for the first setting that cannot be used
 */
export function readTriggerSettings(context: IPollFunctions, warn: Warn): TriggerSettings {
	const read: ReadParameter = (property) =>
		context.getNodeParameter(property.name, property.default);
	const chosen = read(options) as IDataObject;
	const most = readInteger(maxActivities, read(maxActivities));
	return {
		...readSettings(read, chosen, usualPageSize(most), warn),
		start: readBackfillStart(context, read),
		maxActivities: most,
		overlap: readInteger(overlap, chosen.overlap) * MINUTE_MS,
		includeOwnRequests: readBoolean(includeOwnRequests, chosen.includeOwnRequests),
		deliver: readChoice(deliver, chosen.deliver) as TriggerSettings['deliver'],
		giveUpAfter: readInteger(giveUpAfter, chosen.giveUpAfter),
	};
}

/** Each poll reads the overlap again, which takes many requests if pages are small. */
function usualPageSize(maxActivities: number): number {
	return Math.min(Math.max(maxActivities, USUAL_PAGE_SIZE), MAX_PAGE_SIZE);
}

function readBackfillStart(context: IPollFunctions, read: ReadParameter): BackfillStart {
	const at = read(backfillStartTime) as BackfillStart['at'];
	if (at !== 'date') return { at };
	const time = readTime(context, backfillStartDate, read(backfillStartDate));
	const instant = parseBackfillStart(time ? formatInstant(time.from) : '', Date.now());
	if (instant === undefined) {
		throw new UserError('invalid-setting', `${backfillStartDate.displayName} is empty.`, {
			remedy: `Set the date, or choose another ${backfillStartTime.displayName}.`,
		});
	}
	// The text of an expression stays the same, even if each poll evaluates it to another instant.
	const raw = context.getNodeParameter(backfillStartDate.name, undefined, { rawExpressions: true });
	return { at, text: asText(raw), instant };
}
