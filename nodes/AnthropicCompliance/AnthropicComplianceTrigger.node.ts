import {
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { testCredential } from './shared/credential-test';
import {
	filters,
	includeRawJson,
	organizationIds,
	pageSize,
	simplify,
} from './shared/descriptions';
import { poll } from './trigger/poll';
import { LEAST_OVERLAP, LONGEST_OVERLAP } from './shared/settings';

/** Starts a workflow with what is new in the Activity Feed. */
export class AnthropicComplianceTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Anthropic Compliance Trigger',
		name: 'anthropicComplianceTrigger',
		icon: { light: 'file:anthropicCompliance.svg', dark: 'file:anthropicCompliance.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: 'New Activities',
		description:
			'Starts the workflow when the Activity Feed of the Compliance API has new activities',
		defaults: { name: 'Anthropic Compliance Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'anthropicComplianceApi', required: true, testedBy: 'anthropicComplianceApiTest' },
		],
		properties: [
			{
				displayName: 'Backfill Start Time',
				name: 'backfillStartTime',
				type: 'options',
				default: '90DaysBack',
				description: 'Where the first poll starts. Later polls go on where the last one ended.',
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
			},
			{
				displayName: 'Backfill Start Date',
				name: 'backfillStartDate',
				type: 'dateTime',
				required: true,
				default: '',
				placeholder: 'e.g. 2026-01-31T00:00:00Z',
				hint: 'Another date later on makes the trigger start again from it',
				description:
					'ISO 8601. Without an offset it is in the time zone of the workflow. An expression only says where the first poll starts. The API keeps activities for 6 years.',
				displayOptions: { show: { backfillStartTime: ['date'] } },
			},
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
					'Publishing the workflow brings nothing of the past: only what happens from then on. To read an earlier period, use the node "Anthropic Compliance".',
				name: 'nowNotice',
				type: 'notice',
				default: '',
				displayOptions: { show: { backfillStartTime: ['now'] } },
			},
			organizationIds,
			{
				displayName: 'Max Activities per Poll',
				name: 'maxActivities',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 5000,
				description:
					'How many activities one execution gets at most. Nothing is skipped: the rest comes with the next polls.',
			},
			filters,
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				default: {},
				options: [
					{
						displayName: 'Include Own Requests',
						name: 'includeOwnRequests',
						type: 'boolean',
						default: false,
						description:
							"Whether to keep the activities that this trigger's own requests leave in the feed. Everyone else's reads are always kept. With its own requests kept, each poll leaves an activity that starts the workflow at the next poll.",
					},
					includeRawJson,
					{
						displayName: 'Overlap (Minutes)',
						name: 'overlap',
						type: 'number',
						typeOptions: { minValue: LEAST_OVERLAP, maxValue: LONGEST_OVERLAP },
						default: 5,
						description:
							'How late an activity may appear in the feed and still be found. The API documents 1 minute; less than 2 would leave no room for clocks that differ. No activity comes twice because of it.',
					},
					{ ...pageSize, default: 5000 },
					simplify,
				],
			},
		],
	};

	methods = { credentialTest: { anthropicComplianceApiTest: testCredential } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await poll(this);
	}
}
