import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { type Engine, N8n } from './n8n';
import { Scene } from './scene';
import { until } from './until';

/** An answer after which the nodes do not retry: the poll fails at once, and the next may succeed. */
const UNAVAILABLE = { status: 503, headers: { 'x-should-retry': 'false' } };

const NO_ANSWER = { reset: true } as const;

/** Tests what the trigger guarantees, in a real n8n with one of its engines. */
export function describeTrigger(engine: Engine): void {
	let n8n: N8n;
	let scene: Scene;

	beforeAll(async () => {
		n8n = await N8n.start({ engine });
	});
	afterAll(() => n8n.close());
	beforeEach(async () => {
		// A failed test may have left n8n stopped.
		await n8n.launch();
		scene = await Scene.open(n8n);
	});
	afterEach(() => scene.close());

	describe(`the trigger on n8n's ${engine} engine`, () => {
		test('delivers the whole backfill at activation, each activity once and in order', async () => {
			scene.populate(300);
			await scene.publish();
			await scene.caughtUp();
			await scene.polled(1);
			scene.expectExactlyOnce();
			expect(scene.executions).toMatchObject([{ status: 'success' }]);
		});

		test('starts an execution for new activities, and none when there is nothing new', async () => {
			scene.populate(20);
			await scene.publish({ backfillStartTime: 'now' });
			await scene.polled(2);
			expect(scene.executions).toEqual([]);

			for (let count = 0; count < 3; count++) scene.happen();
			await until('the new activities were emitted', () => scene.emitted.length >= 3);
			expect(scene.emitted).toEqual(scene.shown.slice(-3));

			const executed = scene.executions.length;
			await scene.polled(2);
			expect(scene.executions).toHaveLength(executed);

			scene.happen();
			await until('one more activity was emitted', () => scene.emitted.length >= 4);
			expect(scene.emitted).toEqual(scene.shown.slice(-4));
		});

		test('starts executions only for what passes Minimum Severity, as watches raise it', async () => {
			scene.populate(20);
			const filters = { minimumSeverity: 'medium' };
			await scene.publish({ backfillStartTime: 'now', filters });
			scene.happen();
			const graves: [type: string, watches: string, fields?: object, count?: number][] = [
				[
					'org_compliance_api_settings_updated',
					'compliance-logging-disabled',
					{ compliance_api_logging_enabled: false },
				],
				['anthropic_access', 'anthropic-access'],
				['org_sso_toggled', 'sso-disabled', { enabled: false }],
				['primary_owner_transferred', 'primary-owner-transferred'],
				['org_ip_restriction_deleted', 'ip-restriction-deleted'],
				[
					'api_key_created',
					'compliance-key-created, api-key-changed',
					{ scopes: ['read:compliance_activities'] },
				],
				['org_data_export_started', 'data-export'],
				['sso_login_failed', 'authentication-failures', {}, 5],
				['claude_chat_deleted', 'many-chats-deleted', {}, 30],
			];
			for (const [type, , fields, count = 1] of graves) {
				for (let i = 0; i < count; i++) scene.happen({ type, ...fields });
			}
			await until('the alerts were emitted', () => scene.emitted.length >= graves.length);
			await scene.polled(1);
			const items = scene.executions.flatMap((execution) => execution.items);
			// All of them may happen within a millisecond.
			expect(new Map(items.map(({ type, watches }) => [type, watches]))).toEqual(
				new Map(graves.map(([type, watches]) => [type, watches])),
			);
			expect(items).toHaveLength(graves.length);
		});

		test('stores its checkpoint where the engine keeps state, as plain JSON', async () => {
			scene.populate(5);
			await scene.publish();
			await scene.caughtUp();
			const { database } = n8n;
			const kept =
				engine === 'durable'
					? database.cursor(scene.workflowId)
					: database.staticData(scene.workflowId)['node:Trigger'];
			expect(kept).toEqual({ checkpoint: expect.any(Object), backfillStartDate: null });
		});

		test('loses nothing when a burst exceeds Max Activities per Poll', async () => {
			scene.populate(30);
			const created_at = new Date(Date.now() - 1000).toISOString();
			for (let count = 0; count < 10; count++) scene.happen({ created_at });
			await scene.publish({ maxActivities: 12 });
			await scene.caughtUp();
			scene.expectExactlyOnce();
			const sizes = scene.executions.map(({ items }) => items.length);
			expect(Math.max(...sizes)).toBeLessThanOrEqual(12);
		});

		test('continues where it was after n8n was stopped', async () => {
			scene.populate(20);
			await scene.publish({ maxActivities: 12 });
			await scene.caughtUp();
			await n8n.stop();
			for (let count = 0; count < 5; count++) scene.happen();
			await n8n.launch();
			await scene.caughtUp();
			await scene.polled(1);
			scene.expectExactlyOnce();
		});

		test('repeats at most the batch in flight, and loses nothing, when n8n is killed', async () => {
			const cap = 12;
			scene.populate(5 * cap);
			await scene.publish({ maxActivities: cap });
			await until('the second batch was emitted', () => scene.executions.length >= 2);
			await n8n.kill();
			scene.happen();
			await n8n.launch();
			await scene.caughtUp();

			const { emitted } = scene;
			expect([...new Set(emitted)]).toEqual(scene.shown);
			expect(emitted.length - scene.shown.length).toBeLessThanOrEqual(cap);
		});

		test('delivers until the workflow succeeds, batch after batch', async () => {
			const parameters = { maxActivities: 12, options: { deliver: 'untilSuccess' } };
			scene.populate(50);
			scene.fails = true;
			await scene.publish(parameters);
			await until('an execution has failed twice', () => {
				return scene.executions.filter(({ status }) => status === 'error').length >= 2;
			});
			expect(new Set(scene.emitted).size).toBe(12);

			scene.fails = false;
			// n8n polls at publication only if the workflow was not published.
			await n8n.editor.unpublish(scene.workflowId);
			await scene.publish(parameters);
			await scene.caughtUp();
			await scene.polled(2);
			const succeeded = scene.executions.filter(({ status }) => status === 'success');
			expect(succeeded.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(scene.shown);
			expect(succeeded.map(({ items }) => items[0]?.attempt)).toEqual([3, 1, 1, 1, 1, 1]);
		});

		test('survives an outage while n8n starts', async () => {
			scene.populate(5);
			await scene.publish();
			await scene.caughtUp();
			await n8n.stop();
			scene.happen();
			scene.feed.outage = NO_ANSWER;
			await n8n.launch();
			await scene.polled(1);
			scene.feed.outage = undefined;
			await scene.caughtUp();
			scene.expectExactlyOnce();
			expect(n8n.database.triggerStatuses(scene.workflowId)).toMatchObject([
				{ status: 'activated' },
			]);
		});

		test('records an outage as a failed execution, and recovers', async () => {
			await scene.publish();
			scene.feed.outage = UNAVAILABLE;
			scene.happen();
			const failed = await until('an execution has failed', () =>
				scene.executions.find(({ status }) => status === 'error'),
			);
			expect(failed.error).toBeTruthy();
			scene.feed.outage = undefined;
			await scene.caughtUp();
			await until('the end of the outage was reported', () =>
				scene.executions.some(({ error }) => error?.includes('can be read again')),
			);
			// The trigger does not remember the requests of a failed poll, so it delivers their activities.
			expect(scene.emittedOfOthers).toEqual(scene.shown);
		});

		test('keeps its place in the feed when its filters change', async () => {
			scene.populate(20);
			const logins = { type: 'sso_login_succeeded' };
			const before = [...scene.shownOf(logins.type), scene.happen(logins).id];
			await scene.publish({ filters: { typesByApiName: logins.type } });
			await until('the first poll has emitted something', () => scene.emitted.length > 0);

			await scene.publish({ filters: {} });
			scene.happen();
			scene.happen(logins);
			await until(
				'the new activities were emitted',
				() => scene.emittedOfOthers.length >= before.length + 2,
			);
			// The durable engine saves no checkpoint of the poll at publication if nothing was new.
			expect(scene.emittedOfOthers).toEqual([...before, ...scene.shown.slice(-2)]);
		});

		test('fails to publish with a key that is not accepted', async () => {
			scene.feed.revoke(ACCESS_KEY);
			const { status, triggers } = await scene.tryToPublish();
			expect(status).toBe('failed');
			expect(triggers[0]?.errorMessage).toMatch(/key.* Check that the whole key was copied/i);
		});
	});
}
