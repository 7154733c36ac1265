import { describe, expect, test } from '@jest/globals';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { defaultWatches } from '../../core';
import type { DurableEngine } from './n8n/engines';
import { DAY, GetManyBench, MINUTE, SECOND, time, TriggerBench } from './harness';

const HOUR = 60 * MINUTE;
const engines = ['default', 'durable'] as const;

const user = { type: 'user_actor', user_id: 'user_1', email_address: 'user@example.com' };
const nobody = {
	type: 'unauthenticated_user_actor',
	unauthenticated_email_address: 'user@example.com',
};
const failedSignIn = { type: 'sso_login_failed', actor: nobody };
const deletedChat = { type: 'claude_chat_deleted', actor: user };
const ipRestrictionDeleted = { type: 'org_ip_restriction_deleted', actor: user };

/** What happens, the watches that it sets off, and the severity that it then has. */
const cases: [what: string, record: object, count: number, watches: string[], severity: string][] =
	[
		[
			'compliance logging is switched off',
			{
				type: 'org_compliance_api_settings_updated',
				compliance_api_enabled: true,
				compliance_api_logging_enabled: false,
			},
			1,
			['compliance-logging-disabled'],
			'critical',
		],
		['Anthropic reads data', { type: 'anthropic_access' }, 1, ['anthropic-access'], 'high'],
		[
			'single sign-on is switched off',
			{ type: 'org_sso_toggled', enabled: false },
			1,
			['sso-disabled'],
			'high',
		],
		[
			'the primary owner changes',
			{ type: 'primary_owner_transferred' },
			1,
			['primary-owner-transferred'],
			'high',
		],
		['an IP restriction is removed', ipRestrictionDeleted, 1, ['ip-restriction-deleted'], 'high'],
		[
			'a key is made that reads everything',
			{ type: 'api_key_created', scopes: ['read:compliance_activities'] },
			1,
			['compliance-key-created', 'api-key-changed'],
			'high',
		],
		['data is exported', { type: 'org_data_export_started' }, 1, ['data-export'], 'high'],
		['sign-ins fail in a burst', failedSignIn, 5, ['authentication-failures'], 'medium'],
		['many chats are deleted', deletedChat, 30, ['many-chats-deleted'], 'medium'],
	];

describe.each(cases)('when %s', (_, record, count, watches, severity) => {
	/** The ids of what has happened, and the items that come of it. */
	async function happening(filters: INodeParameters = {}) {
		const bench = await new TriggerBench({ parameters: { filters } }).publish();
		time.pass(HOUR);
		const ids = Array.from({ length: count }, (_, i) =>
			bench.happened((count + 1 - i) * SECOND, { ...record }),
		);
		bench.happened(SECOND, { type: 'claude_chat_viewed' });
		await bench.poll();
		return { ids, items: bench.items };
	}

	test('the item says so', async () => {
		const { ids, items } = await happening();
		const last = items.find(({ id }) => id === ids.at(-1));
		expect(last).toEqual(expect.objectContaining({ severity }));
		expect((last?.watches as string).split(', ').sort()).toEqual([...watches].sort());
		const others = items.filter((item) => item !== last);
		expect(others).toHaveLength(count);
		expect(others.filter((item) => item.watches !== '')).toEqual([]);
	});

	test.each([
		['its watch', { watches: watches.slice(0, 1) }],
		['its severity', { minimumSeverity: severity }],
		['both', { watches, minimumSeverity: severity }],
	])('only that comes with a filter for %s', async (_name, filters) => {
		const { ids, items } = await happening(filters);
		expect(items.map(({ id }) => id)).toEqual([ids.at(-1)]);
	});

	test('nothing comes with a filter for another watch', async () => {
		expect((await happening({ watches: ['mcp-server-created'] })).items).toEqual([]);
	});
});

describe.each(engines)('a threshold on the %s engine', (engine) => {
	const filters = { watches: ['authentication-failures'] };
	const alerts = ({ items }: TriggerBench) =>
		items.filter(({ watches }) => (watches as string).includes('authentication-failures'));

	test.each([
		['all come', {}],
		['only the alert comes', filters],
	])('counts across polls and restarts, if %s', async (_, chosen) => {
		const bench = new TriggerBench({ engine, parameters: { filters: chosen } });
		await bench.publish();
		const ids = [];
		for (let minute = 0; minute < 12; minute++) {
			ids.push(bench.happened(SECOND, failedSignIn));
			await bench.poll();
			if (minute % 2 === 0) await bench.restart();
		}
		expect(alerts(bench).map(({ id }) => id)).toEqual([ids[4]]);
		expect(bench.ids).toEqual(chosen === filters ? [ids[4]] : ids);
	});

	test('counts what appears late, where it belongs', async () => {
		const bench = await new TriggerBench({ engine }).publish();
		time.pass(2 * HOUR);
		for (let i = 0; i < 4; i++) bench.happened((8 - i) * SECOND, failedSignIn);
		await bench.poll();
		expect(alerts(bench)).toEqual([]);
		// Over an hour later than the others, so it does not belong to them.
		time.pass(HOUR);
		bench.happened(0, failedSignIn);
		await bench.poll();
		expect(alerts(bench)).toEqual([]);
		for (let i = 0; i < 3; i++) bench.happened(i * SECOND, failedSignIn);
		await bench.poll();
		expect(alerts(bench)).toEqual([]);
		const late = bench.happened(4 * MINUTE, failedSignIn);
		await bench.poll();
		expect(alerts(bench).map(({ id }) => id)).toEqual([late]);
	});

	test.each([
		['all come', {}],
		['only the alert comes', filters],
	])('says the same in each try, if %s', async (_, chosen) => {
		const bench = new TriggerBench({
			engine,
			parameters: { filters: chosen, options: { deliver: 'untilSuccess' } },
		});
		await bench.publish();
		time.pass(MINUTE);
		const ids = Array.from({ length: 6 }, (_, i) => bench.happened((9 - i) * SECOND, failedSignIn));
		bench.engine.workflow = () => ({ status: 'error', after: SECOND });
		for (let minute = 0; minute < 3; minute++) await bench.poll();
		await bench.restart();
		bench.engine.workflow = () => ({ status: 'success', after: SECOND });
		for (let minute = 0; minute < 10; minute++) await bench.poll();
		expect(alerts(bench).length).toBeGreaterThan(2);
		expect(new Set(alerts(bench).map(({ id }) => id))).toEqual(new Set([ids[4]]));
		expect(new Set(bench.ids)).toEqual(new Set(chosen === filters ? [ids[4]] : ids));
		const again = bench.items.filter(({ id }) => id === ids[4]);
		expect(again).toHaveLength(alerts(bench).length);
	});
});

describe('a record that local filters drop', () => {
	const filters = { minimumSeverity: 'high' };

	test.each(engines)('starts no execution, and is not read again: %s engine', async (engine) => {
		const bench = new TriggerBench({ engine, parameters: { filters } });
		bench.backlog(20, HOUR);
		await bench.publish();
		await bench.poll();
		const before = bench.engine.remembered().checkpoint as IDataObject;
		bench.happened(10 * SECOND);
		for (let minute = 0; minute < 10; minute++) await bench.poll();
		const after = bench.engine.remembered().checkpoint as IDataObject;
		expect(bench.engine.executions).toEqual([]);
		expect(String(after.frontier) > String(before.frontier)).toBe(true);
		expect(bench.asked.at(-1)?.get('created_at.gt')).toBe(after.frontier);
	});

	test.each(['once', 'untilSuccess'])(
		'does not end a poll, however many there are: Deliver %s',
		async (deliver) => {
			const parameters = { filters, maxActivities: 50, options: { deliver } };
			const bench = new TriggerBench({ parameters });
			bench.backlog(1000, HOUR);
			const ids = [bench.happened(MINUTE, ipRestrictionDeleted)];
			await bench.publish();
			expect(bench.ids).toEqual(ids);
		},
	);

	test('does not come between the batches of a poll and what n8n still has to store', async () => {
		const parameters = { filters, maxActivities: 10 };
		const bench = await new TriggerBench({ engine: 'durable', parameters }).publish();
		const engine = bench.engine as DurableEngine;
		bench.backlog(35, 10 * SECOND);
		const id = bench.happened(SECOND, ipRestrictionDeleted);
		engine.storesLater = true;
		await bench.pollNow();
		await bench.pollNow();
		engine.store();
		for (let minute = 0; minute < 3; minute++) await bench.poll();
		expect(bench.ids).toEqual([id]);
	});

	test('stays dropped when a later request of the poll fails', async () => {
		const parameters = { filters, maxActivities: 20, options: { pageSize: 20 } };
		const bench = await new TriggerBench({ engine: 'durable', parameters }).publish();
		await bench.poll();
		time.pass(2 * HOUR);
		bench.backlog(100, HOUR);
		const id = bench.happened(SECOND, ipRestrictionDeleted);
		const before = bench.checkpoint;
		bench.fails({ status: 403 }, { after: 3 });
		expect(await bench.poll()).toBeUndefined();
		expect(bench.logged('warn').at(-1)).toContain('ended early');
		expect(bench.checkpoint.reached).not.toBe(before.reached);
		await bench.poll();
		expect(bench.ids).toEqual([id]);
	});

	test.each([
		['within a batch', 1],
		['between two', 2],
	])('makes a poll no failure that reads as fast as the API allows: %s', async (_, after) => {
		const parameters = { filters, maxActivities: 60, options: { pageSize: 30 } };
		const bench = new TriggerBench({ parameters });
		bench.backlog(1000, DAY);
		for (let minute = 0; minute < 10; minute++) {
			bench.fails({ status: 429, headers: { 'retry-after': '50' } }, { after });
			if (minute === 0) await bench.publish();
			else expect(await bench.poll()).toBeUndefined();
		}
		expect(bench.engine.executions).toEqual([]);
		expect(bench.logged('warn').filter((line) => line.includes('ended early'))).toEqual([]);
	});

	test('belongs to its batch, which comes again whole', async () => {
		const bench = new TriggerBench({
			parameters: { filters, maxActivities: 40, options: { deliver: 'untilSuccess' } },
		});
		for (let i = 0; i < 120; i++) {
			bench.happened((400 - i) * SECOND, i % 10 === 9 ? ipRestrictionDeleted : {});
		}
		bench.engine.workflow = () => ({ status: 'error', after: SECOND });
		await bench.publish();
		for (let minute = 0; minute < 12; minute++) await bench.poll();
		expect(bench.sizes).toEqual([4, 4, 2, 1]);
		expect(bench.items.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4]);
	});

	test('does not count when the failing one is searched for', async () => {
		const bench = new TriggerBench({
			parameters: { filters, maxActivities: 40, options: { deliver: 'untilSuccess' } },
		});
		const ids = Array.from({ length: 300 }, (_, i) =>
			bench.happened((400 - i) * SECOND, i % 17 === 0 ? ipRestrictionDeleted : {}),
		).filter((_, i) => i % 17 === 0);
		const poison = ids[5];
		bench.engine.workflow = (items) => ({
			status: items.some(({ id }) => id === poison) ? 'error' : 'success',
			after: SECOND,
		});
		await bench.publish();
		for (let minute = 0; minute < 12 * 60; minute++) await bench.poll();
		const { executions } = bench.engine;
		const arrived = executions.filter(({ status }) => status === 'success');
		expect(arrived.flatMap(({ items = [] }) => items.map(({ id }) => id))).toEqual(
			ids.filter((id) => id !== poison),
		);
		const errors = executions.flatMap(({ error }) => (error ? [error.message] : []));
		expect(errors).toEqual([expect.stringContaining('with 1 activity')]);
	});

	test('lets batches grow again after a failure', async () => {
		const bench = new TriggerBench({
			parameters: {
				filters,
				maxActivities: 64,
				options: { deliver: 'untilSuccess', giveUpAfter: 3 },
			},
		});
		bench.happened(HOUR, ipRestrictionDeleted);
		bench.engine.workflow = () => ({ status: 'error', after: SECOND });
		await bench.publish();
		for (let minute = 0; minute < 10; minute++) await bench.poll();
		bench.engine.workflow = () => ({ status: 'success', after: SECOND });
		bench.backlog(500, MINUTE);
		const sent = bench.network.sent.length;
		const id = bench.happened(SECOND, ipRestrictionDeleted);
		await bench.poll();
		await bench.poll();
		expect(bench.ids.at(-1)).toBe(id);
		expect(bench.network.sent.length - sent).toBeLessThan(30);
	});
});

describe('the filters that the API does not know', () => {
	const filters = { minimumSeverity: 'high' };

	test.each([
		['info', ['viewed', 'created', 'role', 'restriction', 'logging']],
		['low', ['created', 'role', 'restriction', 'logging']],
		['medium', ['role', 'restriction', 'logging']],
		['high', ['restriction', 'logging']],
		['critical', ['logging']],
	])('let through from %s on', async (minimumSeverity, expected) => {
		const bench = new TriggerBench({ parameters: { filters: { minimumSeverity } } });
		const names = new Map(
			Object.entries({
				viewed: { type: 'claude_chat_viewed' },
				created: { type: 'claude_chat_created' },
				role: { type: 'rbac_role_deleted' },
				restriction: ipRestrictionDeleted,
				logging: {
					type: 'org_compliance_api_settings_updated',
					compliance_api_logging_enabled: false,
				},
			}).map(([name, record], i) => [bench.happened((9 - i) * SECOND, record), name]),
		);
		await bench.publish();
		expect(bench.ids.map((id) => names.get(id as string))).toEqual(expected);
	});

	test('ask the API for everything that its own filters let through', async () => {
		const all = { ...filters, watches: ['sso-disabled'], userIds: 'user_1' };
		const bench = await new TriggerBench({ parameters: { filters: all } }).publish();
		expect(
			[...(bench.asked[0]?.keys() ?? [])].filter((name) => /types|sever|watch/.test(name)),
		).toEqual([]);
		expect(bench.asked[0]?.getAll('user_ids[]')).toEqual(['user_1']);
	});

	test('may be changed at any time: they are no part of the checkpoint', async () => {
		const bench = await new TriggerBench({ parameters: { filters } }).publish();
		bench.happened(SECOND);
		await bench.poll();
		await bench.change({ filters: {} });
		const id = bench.happened(SECOND);
		await bench.poll();
		expect(bench.ids).toContain(id);
		expect(bench.logged('warn')).toEqual([]);
	});

	test.each(['raw', 'ocsf', 'ecs'])(
		'work with Output %s, which says the same as without them',
		async (output) => {
			const options = { output };
			const bench = new TriggerBench({ parameters: { filters, options } });
			bench.happened(2 * SECOND);
			const all = new TriggerBench({ parameters: { options } });
			for (const each of [bench, all]) {
				each.happened(SECOND, {
					id: 'activity_1',
					...ipRestrictionDeleted,
					created_at: '2026-03-01T11:00:00Z',
				});
				await each.publish();
			}
			expect(bench.items).toEqual(all.items);
			expect(bench.items).toHaveLength(1);
			expect(JSON.stringify(bench.items[0])).toContain('"ip-restriction-deleted"');
		},
	);

	test('never drop an unreadable record', async () => {
		const all = { minimumSeverity: 'critical', watches: ['sso-disabled'] };
		const bench = new TriggerBench({ parameters: { filters: all } });
		bench.happened(HOUR);
		bench.unreadable(MINUTE, '{"id":7,"type":"claude_chat_viewed"}');
		await bench.publish();
		expect(bench.items).toMatchObject([{ unreadable: true, watches: '' }]);
		const getMany = new GetManyBench({ parameters: { filters: all } });
		getMany.unreadable(MINUTE, '{"id":7,"type":"claude_chat_viewed"}');
		expect(await getMany.execute()).toMatchObject([{ json: { unreadable: true } }]);
	});

	test('take a list from an expression', async () => {
		const watches = '={{ "sso-disabled, ip-restriction-deleted" }}';
		const bench = new TriggerBench({ parameters: { filters: { watches } } });
		bench.happened(2 * SECOND);
		const id = bench.happened(SECOND, ipRestrictionDeleted);
		await bench.publish();
		expect(bench.ids).toEqual([id]);
	});
});

describe('Get Many', () => {
	const idsOf = (output: { json: IDataObject }[]) => output.map(({ json }) => json.id);

	test('returns severity and watches', async () => {
		const bench = new GetManyBench();
		bench.happened(SECOND, ipRestrictionDeleted);
		expect(await bench.execute()).toMatchObject([
			{ json: { severity: 'high', watches: 'ip-restriction-deleted' } },
		]);
	});

	test('counts what it returns for Limit, and reads in large pages', async () => {
		const parameters = { limit: 3, filters: { minimumSeverity: 'high' } };
		const bench = new GetManyBench({ parameters });
		const ids = Array.from({ length: 5 }, (_, i) => {
			bench.backlog(100, (5 - i) * HOUR);
			return bench.happened((5 - i) * HOUR, ipRestrictionDeleted);
		});
		expect(idsOf(await bench.execute())).toEqual([ids[4], ids[3], ids[2]]);
		expect(bench.network.sent).toHaveLength(1);
	});

	test.each(['asc', 'desc'])('counts thresholds in the order it reads: %s', async (order) => {
		const filters = { watches: ['authentication-failures'] };
		const bench = new GetManyBench({ parameters: { filters, options: { order } } });
		const ids = Array.from({ length: 6 }, (_, i) =>
			bench.happened((10 - i) * MINUTE, failedSignIn),
		);
		expect(idsOf(await bench.execute())).toEqual([order === 'asc' ? ids[4] : ids[1]]);
	});

	test.each([0, 30 * MINUTE])(
		'counts each activity as of its own time, with an API that is ahead by %d ms',
		async (serverAhead) => {
			const filters = { watches: ['member-enumeration'] };
			const parameters = { filters, options: { order: 'asc' } };
			const apart = new GetManyBench({ serverAhead, parameters });
			apart.happened(20 * MINUTE, { type: 'org_users_listed', actor: user });
			apart.happened(MINUTE, { type: 'group_list_viewed', actor: user });
			expect(await apart.execute()).toEqual([]);
			const together = new GetManyBench({ serverAhead, parameters });
			together.happened(3 * MINUTE, { type: 'org_users_listed', actor: user });
			const id = together.happened(MINUTE, { type: 'group_list_viewed', actor: user });
			expect(idsOf(await together.execute())).toEqual([id]);
		},
	);

	test('counts an activity dated in the far future as of now', async () => {
		const filters = { watches: ['member-enumeration'] };
		const bench = new GetManyBench({ parameters: { filters, options: { order: 'desc' } } });
		const far = { type: 'org_users_listed', actor: user, created_at: '2099-01-01T00:00:00Z' };
		bench.happened(0, far);
		const id = bench.happened(MINUTE, { type: 'group_list_viewed', actor: user });
		expect(idsOf(await bench.execute())).toEqual([id]);
	});

	test('counts only the interval that it reads, anew for each input item', async () => {
		const filters = { watches: ['authentication-failures'] };
		const from = '={{ $json.from }}';
		const parameters = { filters, from, options: { order: 'asc' } };
		const bench = new GetManyBench({ parameters });
		const ids = Array.from({ length: 6 }, (_, i) =>
			bench.happened((10 - i) * MINUTE, failedSignIn),
		);
		const after = new Date(bench.now - 8.5 * MINUTE).toISOString();
		const output = await bench.execute([{ from: '' }, { from: after }, { from: '' }]);
		expect(idsOf(output)).toEqual([ids[4], ids[4]]);
	});
});

describe('a manual run', () => {
	test('shows the newest activity that passes', async () => {
		const parameters = { filters: { watches: ['authentication-failures'] } };
		const bench = new TriggerBench({ parameters });
		const ids = Array.from({ length: 7 }, (_, i) => bench.happened(DAY - i * MINUTE, failedSignIn));
		bench.backlog(500, MINUTE);
		expect(await bench.testRun()).toMatchObject([
			{ id: ids[4], watches: 'authentication-failures' },
		]);
		expect(bench.network.sent).toHaveLength(1);
	});

	test('shows the newest of all if none passes, as an example', async () => {
		const parameters = { filters: { minimumSeverity: 'critical' } };
		const bench = new TriggerBench({ parameters, recordReads: true });
		const id = bench.happened(MINUTE);
		for (let run = 0; run < 2; run++) {
			expect(await bench.testRun()).toMatchObject([{ id, severity: 'low', watches: '' }]);
			time.pass(MINUTE);
		}
	});
});

test('each watch has its own name and its reason in the panel', () => {
	const { properties } = new TriggerBench().installation.setup.type.description;
	const filters = properties.find(({ name }) => name === 'filters')?.options as unknown as {
		name: string;
		options: { name: string; value: string; description: string }[];
	}[];
	const offered = filters.find(({ name }) => name === 'watches')?.options ?? [];
	expect(offered.map(({ value }) => value).sort()).toEqual(
		defaultWatches.map(({ id }) => id).sort(),
	);
	expect(new Set(offered.map(({ name }) => name)).size).toBe(offered.length);
	expect(offered).toContainEqual({
		name: 'Single sign-on is switched off',
		value: 'sso-disabled',
		description: expect.stringMatching(/^High\. People sign in past/),
	});
});
