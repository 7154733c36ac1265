import { expect } from '@jest/globals';
import { ActivityFeed, type FeedRequest } from '../simulators/activity-feed/activity-feed';
import { systemClock } from '../simulators/activity-feed/clock';
import type { Fault } from '../simulators/activity-feed/faults';
import type { FeedRow } from '../simulators/activity-feed/feed-rows';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { type RunningServer, startActivityFeed } from '../simulators/activity-feed/server';
import type { Execution } from './database';
import type { Publication } from './editor';
import type { N8n } from './n8n';
import { until } from './until';
import { CREDENTIAL_TYPE, pollTimeHasPassed, triggerWorkflow } from './workflow';

const DAY = 24 * 60 * 60_000;

/** A feed in real time that can be made to fail for as long as one likes. */
class FailingFeed extends ActivityFeed {
	/** What happens to every request until further notice. */
	outage: Fault | undefined;

	override answer(request: FeedRequest) {
		if (this.outage) this.fail(this.outage);
		return super.answer(request);
	}
}

/** One feed, and one workflow in n8n that reads it. */
export class Scene {
	/** n8n's id of the workflow; empty until it is saved. */
	workflowId = '';

	private constructor(
		readonly n8n: N8n,
		readonly feed: FailingFeed,
		private readonly server: RunningServer,
		/** n8n's id of the credential that opens the feed. */
		readonly credentialId: string,
	) {}

	/** An empty feed, and its credential in n8n. */
	static async open(n8n: N8n): Promise<Scene> {
		const feed = new FailingFeed({ clock: systemClock });
		const server = await startActivityFeed(feed);
		const credentialId = await n8n.editor.createCredential(CREDENTIAL_TYPE, {
			apiKey: ACCESS_KEY,
			baseUrl: server.url,
		});
		return new Scene(n8n, feed, server, credentialId);
	}

	/** The feed's origin. */
	get url(): string {
		return this.server.url;
	}

	/** Ends the workflow and the feed. */
	async close(): Promise<void> {
		try {
			if (this.workflowId) await this.n8n.editor.unpublish(this.workflowId);
		} finally {
			await this.server.close();
		}
	}

	/** Adds so many made-up activities of two days, which ended a day ago. */
	populate(count: number): void {
		const now = systemClock.now();
		this.feed.generate({ count, from: now - 3 * DAY, to: now - DAY });
	}

	/** Adds an activity that happens now. */
	happen(fields: Record<string, unknown> = {}): FeedRow {
		return this.feed.add({
			type: 'claude_chat_created',
			actor: { type: 'user_actor', email_address: 'someone@example.com' },
			created_at: new Date(systemClock.now()).toISOString(),
			...fields,
		});
	}

	/** Saves a workflow of the trigger with these parameters, or changes the one there is. */
	async save(parameters: Record<string, unknown> = {}): Promise<void> {
		const { editor } = this.n8n;
		const workflow = triggerWorkflow(this.credentialId, parameters);
		if (this.workflowId) await editor.changeWorkflow(this.workflowId, workflow);
		else this.workflowId = await editor.createWorkflow(workflow);
	}

	/** Saves the workflow, and publishes it. */
	async publish(parameters?: Record<string, unknown>): Promise<void> {
		expect(await this.tryToPublish(parameters)).toMatchObject({ status: 'published' });
	}

	/** Saves the workflow, and publishes it if n8n can. */
	async tryToPublish(parameters?: Record<string, unknown>): Promise<Publication> {
		await this.save(parameters);
		// The durable engine schedules polls before the one of the publication has ended. If both find
		// an empty checkpoint, the first batch is given twice: n8n's at-least-once, seen on busy machines.
		await until('a poll time has passed', pollTimeHasPassed);
		return this.n8n.editor.publish(this.workflowId);
	}

	/** What n8n has executed of the workflow so far, oldest first. */
	get executions(): Execution[] {
		return this.n8n.database.executions(this.workflowId);
	}

	/** The ids of all items that the trigger gave, in their order. */
	get emitted(): unknown[] {
		return this.executions.flatMap(({ items }) => items.map(({ id }) => id));
	}

	/** The ids of all activities of the feed, in its order; those of its own requests are left out. */
	get shown(): string[] {
		const own = new Set(this.feed.requests.map(({ requestId }) => requestId));
		return this.feed
			.rows()
			.filter(({ json }) => !own.has((JSON.parse(json) as { request_id: string }).request_id))
			.map(({ id }) => id);
	}

	/** As `emitted`, without activities that the trigger's own requests caused. */
	get emittedOfOthers(): unknown[] {
		const shown = new Set<unknown>(this.shown);
		return this.emitted.filter((id) => shown.has(id));
	}

	/** As `shown`, of one type. */
	shownOf(type: string): string[] {
		const shown = new Set(this.shown);
		return this.feed
			.rows()
			.filter((row) => row.type === type && shown.has(row.id))
			.map(({ id }) => id);
	}

	/** Waits until the trigger has given every activity of the feed at least once. */
	async caughtUp(): Promise<void> {
		await until('every activity was given', () => {
			const emitted = new Set(this.emitted);
			return this.shown.every((id) => emitted.has(id));
		}).catch((error: unknown) => {
			expect({ error, emitted: this.emitted }).toEqual({ error, emitted: this.shown });
		});
		await this.idle();
	}

	/** Waits until the trigger has polled so many times more. */
	async polled(times: number): Promise<void> {
		const before = this.feed.requests.length;
		await until(
			`the trigger has polled ${times} more times`,
			() => this.feed.requests.length >= before + times,
		);
	}

	/** Waits until no execution is under way. */
	async idle(): Promise<void> {
		await until('no execution is under way', () =>
			this.executions.every(({ status }) => status !== 'running' && status !== 'new'),
		);
	}

	/** Expects every activity of the feed to have been given once, in the feed's order. */
	expectExactlyOnce(): void {
		expect(this.emitted).toEqual(this.shown);
	}
}
