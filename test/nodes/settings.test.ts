import { describe, expect, test } from '@jest/globals';
import { NodeOperationError } from 'n8n-workflow';
import type { INodeParameters } from 'n8n-workflow';
import { activityTypes } from '../../core';
import { type Category, categoryOf } from '../../core/activity/catalogue/category';
import { ORGANIZATIONS } from '../simulators/activity-feed/people';
import { DAY, MINUTE, SECOND, time, TriggerBench } from './harness';

const [main, research] = ORGANIZATIONS.map(({ id, uuid }) => ({
	organization_id: id,
	organization_uuid: uuid,
}));

describe('filters', () => {
	test.each([
		['types', { activityTypes: ['claude_chat_viewed'] }, ['viewed']],
		['types typed in', { typesByApiName: 'brand_new, claude_chat_viewed' }, ['viewed', 'new']],
		[
			'both',
			{ activityTypes: ['claude_chat_viewed'], typesByApiName: 'brand_new' },
			['viewed', 'new'],
		],
		['types to exclude', { excludeActivityTypes: ['claude_chat_viewed'] }, ['created', 'new']],
		['typed in to exclude', { excludedTypesByApiName: ' brand_new ' }, ['created', 'viewed']],
		['users', { userIds: 'user_b user_c' }, ['viewed', 'new']],
		['nothing', {}, ['created', 'viewed', 'new']],
	])('let through by %s', async (_, filters, expected) => {
		const bench = new TriggerBench({ parameters: { filters } });
		const names = new Map([
			[bench.happened(3 * SECOND, { type: 'claude_chat_created', ...by('user_a') }), 'created'],
			[bench.happened(2 * SECOND, { type: 'claude_chat_viewed', ...by('user_b') }), 'viewed'],
			[bench.happened(SECOND, { type: 'brand_new', ...by('user_c') }), 'new'],
		]);
		await bench.publish();
		expect(bench.ids.map((id) => names.get(id as string))).toEqual(expected);
	});

	test('by organization keep what belongs to none', async () => {
		const organizationIds = `${main?.organization_id}, ${ORGANIZATIONS[1]?.uuid}`;
		const bench = new TriggerBench({ parameters: { organizationIds } });
		const inside = [
			bench.happened(4 * SECOND, main),
			bench.happened(3 * SECOND, research),
			bench.happened(2 * SECOND, { organization_id: null, organization_uuid: null }),
		];
		bench.happened(SECOND, { organization_id: 'org_other' });
		await bench.publish();
		expect(bench.ids).toEqual(inside);
	});

	test('reach the API in the form it knows', async () => {
		const filters = { typesByApiName: 'b_type,a_type', userIds: 'user_x' };
		const bench = new TriggerBench({ parameters: { filters, organizationIds: 'org_x, org_y' } });
		await bench.publish().catch(() => 'The feed knows none of them.');
		const { search } = new URL(bench.network.sent[0]?.url ?? '');
		expect(decodeURIComponent(search)).toContain(
			'&organization_ids[]=org_x&organization_ids[]=org_y' +
				'&activity_types[]=a_type&activity_types[]=b_type&user_ids[]=user_x',
		);
	});

	describe('by category', () => {
		const bench = (filters: object) => {
			const bench = new TriggerBench({ parameters: { filters: filters as INodeParameters } });
			[
				'claude_chat_created',
				'claude_chat_viewed',
				'org_sso_toggled',
				'claude_file_viewed',
			].forEach((type, i) => bench.happened((9 - i) * SECOND, { type }));
			return bench;
		};

		test.each<[string, object, string[]]>([
			['one', { categories: ['chat'] }, ['claude_chat_created', 'claude_chat_viewed']],
			['several', { categories: ['identity', 'file'] }, ['org_sso_toggled', 'claude_file_viewed']],
			[
				'by an expression',
				{ categories: '={{ "identity, file" }}' },
				['org_sso_toggled', 'claude_file_viewed'],
			],
			[
				'and types',
				{ categories: ['identity'], activityTypes: ['claude_chat_viewed'] },
				['claude_chat_viewed', 'org_sso_toggled'],
			],
			[
				'without some of its types',
				{ categories: ['chat'], excludedTypesByApiName: 'claude_chat_viewed' },
				['claude_chat_created'],
			],
		])('let through %s', async (_, filters, expected) => {
			const { items } = await bench(filters).publish();
			expect(items.map(({ type }) => type)).toEqual(expected);
		});

		test('ask the API for all types of the category that the catalogue knows', async () => {
			const { asked } = await bench({ categories: ['identity'] }).publish();
			expect(asked[0]?.getAll('activity_types[]')).toEqual(
				activityTypes.filter((type) => categoryOf(type) === 'identity'),
			);
			expect(asked[0]?.has('exclude_activity_types[]')).toBe(false);
		});

		test('count as changed filters when the category changes', async () => {
			const trigger = await bench({ categories: ['chat'] }).publish();
			await trigger.change({ filters: { categories: ['chat', 'file'] } });
			expect(trigger.logged('warn').at(-1)).toContain('The filters have changed');
		});
	});

	test('that change keep the frontier', async () => {
		const bench = new TriggerBench();
		const first = bench.happened(DAY);
		await bench.publish();
		const viewed = bench.happened(SECOND, { type: 'claude_chat_viewed' });
		bench.happened(SECOND);
		await bench.change({ filters: { activityTypes: ['claude_chat_viewed'] } });
		expect(bench.ids).toEqual([first, viewed]);
		expect(bench.logged('warn').at(-1)).toContain('The filters have changed');
		const third = bench.happened(SECOND);
		await bench.change({ filters: {} });
		expect(bench.ids.at(-1)).toBe(third);
		expect(bench.asked.at(-1)?.has('created_at.gt')).toBe(true);
	});
});

describe('settings that cannot work are refused as the workflow is published:', () => {
	test.each([
		[{ filters: { activityTypes: ['a'], excludeActivityTypes: ['b'] } }, 'Keep one of the two'],
		[{ filters: { typesByApiName: 'a', excludedTypesByApiName: 'b' } }, 'Keep one of'],
		[{ filters: { typesByApiName: 'Chat Created' } }, 'lower-case words'],
		[{ filters: { categories: ['chats'] } }, 'Choose among authentication'],
		[{ filters: { categories: ['other'] } }, 'Choose among authentication'],
		[
			{ filters: { categories: ['artifact'], excludeActivityTypes: typesIn('artifact') } },
			'Exclude fewer types',
		],
		[{ filters: { userIds: 'someone@example.com' } }, 'Write user_'],
		[{ filters: { minimumSeverity: 'severe' } }, 'info or low or medium or high or critical'],
		[{ filters: { watches: ['sso-disabled', 'no-such-watch'] } }, 'Choose from '],
		[{ organizationIds: 'Our Company' }, 'Write org_'],
		[{ maxActivities: 0 }, 'whole number of at least 1'],
		[{ maxActivities: 1.5 }, 'whole number of at least 1'],
		[{ maxActivities: '={{ "many" }}' }, 'whole number of at least 1'],
		[{ options: { overlap: 1 } }, 'whole number from 2 to 1440'],
		[{ options: { overlap: 1441 } }, 'whole number from 2 to 1440'],
		[{ options: { output: 'selected', fields: ['time', 'no'] } }, 'Choose from accessedAt, actor'],
		[{ options: { output: 'perhaps' } }, 'ecs or ocsf or raw or selected or simplified'],
		[{ options: { pageSize: 1 } }, 'whole number from 10 to 5000'],
		[{ options: { pageSize: 5001 } }, 'whole number from 10 to 5000'],
	])('%j', async (parameters, wayOut) => {
		const bench = new TriggerBench({ parameters });
		const failure = bench.publish();
		await expect(failure).rejects.toThrow(NodeOperationError);
		await expect(failure).rejects.toMatchObject({
			description: expect.stringContaining(wayOut),
			failure: { cause: 'configuration-invalid' },
		});
		expect(bench.network.sent).toEqual([]);
	});
});

describe('page size', () => {
	test.each([
		['is 5000 unless set', {}, '5000'],
		['is as set', { options: { pageSize: 100 } }, '100'],
		['is no larger than what one execution takes', { maxActivities: 1200 }, '1200'],
		['is no smaller than 1000, to get beyond the overlap', { maxActivities: 1 }, '1000'],
		['may be an expression', { options: { pageSize: '={{ 2 * 50 }}' } }, '100'],
	])('%s', async (_, parameters, limit) => {
		const bench = await new TriggerBench({ parameters }).publish();
		expect(bench.asked[0]?.get('limit')).toBe(limit);
	});
});

describe('overlap', () => {
	test.each([
		[2, { options: { overlap: 2 } }],
		[5, {}],
		[12, { options: { overlap: 12 } }],
	])('of %d minutes finds activities that are that late', async (minutes, parameters) => {
		const bench = new TriggerBench({ parameters });
		bench.happened(0);
		await bench.publish();
		const late = bench.happened(minutes * MINUTE - SECOND);
		bench.happened(minutes * MINUTE + 3 * SECOND);
		await bench.pollNow();
		expect(bench.ids.slice(1)).toEqual([late]);
	});
});

describe('own requests', () => {
	const recording = { recordReads: true };

	test('start no execution, and cost one request a poll', async () => {
		const bench = await new TriggerBench(recording).publish();
		for (let minute = 0; minute < 5; minute++) await bench.poll();
		expect(bench.engine.executions).toEqual([]);
		expect(bench.network.sent).toHaveLength(6);
	});

	describe.each(['default', 'durable'] as const)(
		'without request-ids, on the %s engine',
		(engine) => {
			test('start no execution either, also after a failed poll and a restart', async () => {
				const bench = new TriggerBench({ ...recording, engine, requestIds: false });
				const ids = [bench.happened(MINUTE)];
				await bench.publish();
				for (let minute = 0; minute < 3; minute++) {
					expect(await bench.poll()).toBeUndefined();
					bench.fails({ status: 500, headers: { 'x-should-retry': 'false' } });
					await bench.failure();
					ids.push(bench.happened(SECOND));
					expect(String(await bench.poll())).toContain('can be read again');
					await bench.restart();
				}
				expect(bench.ids).toEqual(ids);
				expect(bench.logged('warn')).toEqual([]);
			});

			test('are delivered if they cannot be recognised; n8n’s log says so once', async () => {
				const bench = await new TriggerBench({ engine, requestIds: false }).publish();
				const ids: string[] = [];
				for (let minute = 0; minute < 3; minute++) {
					ids.push(bench.happened(0, { type: 'compliance_api_accessed', request_id: 'req_x' }));
					await bench.poll();
				}
				expect(bench.ids).toEqual(ids);
				expect(bench.logged('warn')).toEqual([
					expect.stringContaining('cannot be distinguished from those of others'),
				]);
			});
		},
	);

	test('of others are delivered', async () => {
		const bench = await new TriggerBench(recording).publish();
		const foreign = bench.happened(SECOND, {
			type: 'compliance_api_accessed',
			request_id: 'req_x',
		});
		await bench.poll();
		expect(bench.ids).toEqual([foreign]);
	});

	test('are delivered with Include Own Requests', async () => {
		const parameters = { options: { includeOwnRequests: true } };
		const bench = await new TriggerBench({ ...recording, parameters }).publish();
		await bench.poll();
		await bench.poll();
		expect(bench.items).toMatchObject([
			{ type: 'compliance_api_accessed' },
			{ type: 'compliance_api_accessed' },
		]);
	});

	test('are skipped after a restart, too', async () => {
		const bench = await new TriggerBench(recording).publish();
		const id = bench.happened(SECOND);
		await bench.poll();
		await bench.restart();
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	});

	test.each(['default', 'durable'] as const)(
		'of a poll that failed are recognised, too: %s engine',
		async (engine) => {
			const bench = await new TriggerBench({ ...recording, engine }).publish();
			bench.fails({ status: 500, headers: { 'x-should-retry': 'false' } });
			expect(await bench.failure()).toMatchObject({ httpCode: '500' });
			const id = bench.happened(SECOND);
			for (let minute = 0; minute < 3; minute++) await bench.poll();
			expect(bench.ids).toEqual([id]);
		},
	);

	test('of a poll without other activities are recognised after a restart, if n8n saves its state', async () => {
		const bench = await new TriggerBench({ ...recording, engine: 'durable' }).publish();
		await bench.poll();
		await bench.restart();
		await bench.poll();
		await bench.poll();
		expect(bench.items).toEqual([]);
	});

	test('of a poll that failed after its first page are recognised after a restart, too', async () => {
		const parameters = { options: { pageSize: 10 } };
		const bench = new TriggerBench({ ...recording, parameters, engine: 'durable' });
		const backlog = bench.backlog(15, SECOND);
		await bench.publish();
		bench.fails({ status: 500, headers: { 'x-should-retry': 'false' } }, { after: 1 });
		expect(await bench.poll()).toBeUndefined();
		expect(bench.logged('warn').at(-1)).toContain('ended early');
		await bench.restart();
		await bench.poll();
		await bench.poll();
		expect(bench.ids).toEqual(backlog);
	});

	test('of polls whose state n8n never saved are delivered once after a restart', async () => {
		const bench = await new TriggerBench(recording).publish();
		await bench.poll();
		time.pass(MINUTE);
		await bench.restart();
		expect(bench.items).toMatchObject([{ type: 'compliance_api_accessed' }]);
		await bench.poll();
		await bench.restart();
		expect(bench.items).toHaveLength(1);
	});
});

function by(user_id: string) {
	return { actor: { type: 'user_actor', user_id } };
}

function typesIn(category: Category): string[] {
	return activityTypes.filter((type) => categoryOf(type) === category);
}
