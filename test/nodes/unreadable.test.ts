import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { GetManyBench, MINUTE, SECOND, time, TriggerBench } from './harness';

const fields = '"type":"org_sso_toggled","actor":{"type":"user_actor","user_id":"user_1"}';
const identified = `"id":"activity_1",${fields}`;
const dated = `"created_at":"2026-03-01T11:58:00Z",${fields}`;

/** Texts that would change if they were parsed and written again. */
const texts: [string, string][] = [
	['without created_at', `{${identified},"n":1.0}`],
	['whose created_at is null', `{"created_at":null,${identified},"n":1.0}`],
	['whose created_at has no offset', `{"created_at":"2026-03-01T11:58:00",${identified},"n":1.0}`],
	['whose offset has no colon', `{"created_at":"2026-03-01T11:58:00+0000",${identified},"n":1.0}`],
	['whose created_at has a blank', `{"created_at":"2026-03-01 11:58:00Z",${identified},"n":1.0}`],
	['whose id is a number', `{"id":12345678901234567890,${dated}}`],
	['without id', `{${dated},"e":"\\u00e9\\/"}`],
];
const noTime = texts[0]![1];

const idOf = (text: string) => `unreadable_${createHash('sha256').update(text).digest('hex')}`;

describe.each(['default', 'durable'] as const)('on the %s engine', (engine) => {
	test.each(texts)('a record %s comes once, and so do those around it', async (_, text) => {
		const bench = new TriggerBench({ engine });
		const before = bench.happened(3 * MINUTE);
		bench.unreadable(2 * MINUTE, text);
		const behind = bench.happened(MINUTE);
		await bench.publish();
		for (let minute = 0; minute < 8; minute++) await bench.poll();
		const last = bench.happened(SECOND);
		await bench.poll();
		expect(bench.ids).toEqual([before, behind, idOf(text), last]);
		expect(bench.items[2]).toMatchObject({ unreadable: true, rawJson: text });
	});

	test('it comes once, even if its page is continued by time and a late activity moves it', async () => {
		const parameters = { options: { pageSize: 10 } };
		const bench = await new TriggerBench({ engine, parameters }).publish();
		time.pass(10 * MINUTE);
		const ids = Array.from({ length: 9 }, (_, i) => bench.happened(310 * SECOND - i * 100));
		bench.unreadable(2 * SECOND, noTime);
		ids.push(bench.happened(SECOND), idOf(noTime));
		bench.fails({ transform: (page) => ({ ...page, last_id: null }) });
		let requests = 0;
		bench.network.meanwhile = () => {
			if (++requests === 2) ids.push(bench.happened(5 * MINUTE + SECOND));
		};
		for (let minute = 0; minute < 3; minute++) await bench.poll();
		expect([...bench.ids].sort()).toEqual(ids.sort());
	});

	test('it counts towards Max Activities per Poll', async () => {
		const parameters = { maxActivities: 4 };
		const bench = new TriggerBench({ engine, parameters });
		const ids = [];
		for (let second = 10; second > 0; second--) {
			ids.push(bench.happened(second * SECOND));
			const text = `{"id":${second}}`;
			bench.unreadable(second * SECOND, text);
			ids.push(idOf(text));
		}
		await bench.publish();
		for (let polls = 0; polls < 10; polls++) await bench.poll();
		expect(bench.ids).toHaveLength(20);
		expect(new Set(bench.ids)).toEqual(new Set(ids));
		expect(Math.max(...bench.sizes)).toBeLessThanOrEqual(4);
	});

	test('the log says once how many there are, and nothing of their content', async () => {
		const bench = new TriggerBench({ engine });
		for (const [, text] of texts) bench.unreadable(MINUTE, text);
		await bench.publish();
		bench.unreadable(SECOND, '{"id":"activity_9"}');
		await bench.poll();
		await bench.poll();
		const warnings = bench.logged('warn');
		expect(warnings).toHaveLength(2);
		expect(warnings[0]).toContain(
			`sent ${texts.length} records without a readable id or created_at`,
		);
		expect(warnings[1]).toContain('sent a record without');
		expect(warnings.join()).not.toMatch(/activity_|org_sso|user_1|2026/);
	});
});

describe('the item', () => {
	async function itemOf(text: string, options = {}) {
		const bench = new TriggerBench({ parameters: { options } });
		bench.unreadable(MINUTE, text);
		await bench.publish();
		return bench.items[0];
	}

	test.each(['{}', '{"id":null,"type":7,"actor":[]}', 'null', '7', '"text"', '[{"id":"a"}]'])(
		'has all fields of a simplified one, whatever it lacks: %s',
		async (text) => {
			expect(await itemOf(text)).toEqual({
				id: idOf(text),
				time: null,
				type: '',
				label: '',
				category: 'other',
				actorType: null,
				actor: null,
				ipAddress: null,
				outcome: 'unknown',
				severity: 'low',
				watches: '',
				details: {},
				organizationId: null,
				targetUser: null,
				accessedAt: null,
				targetIds: '',
				unreadable: true,
				rawJson: text,
			});
		},
	);

	test('shows what can be read, so an alert on a type still works', async () => {
		expect(await itemOf(noTime)).toMatchObject({
			id: idOf(noTime),
			time: null,
			type: 'org_sso_toggled',
			label: 'Organization SSO Toggled',
			actorType: 'user',
			actor: 'user_1',
			unreadable: true,
		});
	});

	test.each<[string, object]>([
		[`{"id":7,${dated},"unreadable":false,"rawJson":1}`, { type: 'org_sso_toggled' }],
		['"text"', {}],
	])('with Output → Raw is the record, marked as unreadable: %s', async (text, shown) => {
		const item = await itemOf(text, { output: 'raw' });
		expect(item).toMatchObject({ ...shown, id: idOf(text), unreadable: true, rawJson: text });
	});

	test('has no time of ours in place of the record’s own, but where it is simplified', async () => {
		const text = '{"type":"x","time":7,"created_at":"yesterday"}';
		const times = ['raw', 'selected', 'ocsf'].map(async (output) => {
			const { time } = (await itemOf(text, { output }))!;
			return time;
		});
		expect(await Promise.all(times)).toEqual([7, null, undefined]);
	});

	test.each(['ocsf', 'ecs'])(
		'with Output → %s is an event, marked as unreadable',
		async (output) => {
			const item = await itemOf(noTime, { output, includeRawJson: true });
			expect(item).toMatchObject({ id: idOf(noTime), unreadable: true, rawJson: noTime });
			expect(JSON.stringify(item)).toContain('user_1');
			expect(item).toMatchObject(
				output === 'ecs'
					? { labels: { severity: expect.any(String) } }
					: { enrichments: [{ name: 'severity_id', value: '1', data: { watches: [] } }] },
			);
		},
	);
});

describe('Get Many', () => {
	test.each(texts)('returns a record %s, and those around it', async (_, text) => {
		const bench = new GetManyBench({ parameters: { returnAll: true } });
		const ids = [bench.happened(3 * MINUTE), bench.happened(MINUTE), idOf(text)];
		bench.unreadable(2 * MINUTE, text);
		const items = (await bench.execute()).map(({ json }) => json);
		expect(new Set(items.map(({ id }) => id))).toEqual(new Set(ids));
		expect(items).toHaveLength(3);
		expect(items.find(({ unreadable }) => unreadable)).toMatchObject({ rawJson: text });
		expect(bench.logged('warn')).toHaveLength(1);
		expect(bench.logged('warn')[0]).toContain('sent a record without a readable id or created_at');
	});

	test('counts it towards Limit', async () => {
		const bench = new GetManyBench({ parameters: { limit: 2 } });
		bench.backlog(3, MINUTE);
		bench.unreadable(SECOND, noTime);
		expect(await bench.execute()).toHaveLength(2);
	});
});

describe('a manual run', () => {
	test('prefers an activity to an unreadable record', async () => {
		const bench = new TriggerBench();
		const id = bench.happened(MINUTE);
		bench.unreadable(SECOND, noTime);
		expect(await bench.testRun()).toMatchObject([{ id }]);
	});

	test('shows it if there is nothing else', async () => {
		const bench = new TriggerBench();
		bench.unreadable(SECOND, noTime);
		expect(await bench.testRun()).toMatchObject([{ unreadable: true }]);
	});
});
