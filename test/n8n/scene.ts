import { expect } from '@jest/globals';
import { ActivityFeed, type FeedRequest } from '../simulators/activity-feed/activity-feed';
import { systemClock } from '../simulators/activity-feed/clock';
import type { Fault } from '../simulators/activity-feed/faults';
import type { FeedRow } from '../simulators/activity-feed/feed-rows';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { type RunningServer, startActivityFeed } from '../simulators/activity-feed/server';
import type { Database, Execution } from './database';
import type { Editor, Publication } from './editor';
import { until } from './until';
import { CREDENTIAL_TYPE, pollTimeHasPassed, triggerWorkflow, type Workflow } from './workflow';

const DAY = 24 * 60 * 60_000;

/** A feed in real time that fails while `outage` is set. */
class FailingFeed extends ActivityFeed {
	/** The fault of every request; `undefined` is none. */
	outage: Fault | undefined;

	override answer(request: FeedRequest) {
		if (this.outage) this.fail(this.outage);
		return super.answer(request);
	}
}

/** What a scene needs of an n8n. */
export interface Stage {
	readonly editor: Editor;
	readonly database: Database;
}

/**
 * Makes a workflow: its trigger reads a feed with this credential, and has these parameters. If it fails,
 * each execution does, after the trigger.
 */
export type WorkflowMaker = (
	credentialId: string,
	parameters: Record<string, unknown>,
	fails: boolean,
) => Workflow;

/** One feed, and one workflow in n8n that reads it. */
export class Scene {
	/** n8n's id of the workflow; empty until the workflow is saved. */
	workflowId = '';
	/** Whether each execution of the workflow fails, once the workflow is published. */
	fails = false;

	private constructor(
		readonly n8n: Stage,
		readonly feed: FailingFeed,
		private readonly server: RunningServer,
		/** n8n's id of the credential that opens the feed. */
		readonly credentialId: string,
		private readonly workflow: WorkflowMaker,
	) {}

	/**
	 * Starts an empty feed, and adds its credential to n8n.
	 *
	 * @param workflow the default has only the trigger
	 */
	static async open(n8n: Stage, workflow: WorkflowMaker = triggerWorkflow): Promise<Scene> {
		const feed = new FailingFeed({ clock: systemClock });
		const server = await startActivityFeed(feed);
		const credentialId = await n8n.editor.createCredential(CREDENTIAL_TYPE, {
			apiKey: ACCESS_KEY,
			baseUrl: server.url,
		});
		return new Scene(n8n, feed, server, credentialId, workflow);
	}

	/** The feed's origin. */
	get url(): string {
		return this.server.url;
	}

	/** Unpublishes the workflow, and stops the feed. */
	async close(): Promise<void> {
		try {
			if (this.workflowId) await this.n8n.editor.unpublish(this.workflowId);
		} finally {
			await this.server.close();
		}
	}

	/** Adds this many generated activities, from three days ago until a day ago. */
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

	/** Creates or changes the workflow; its trigger gets these parameters. */
	async save(parameters: Record<string, unknown> = {}): Promise<void> {
		const { editor } = this.n8n;
		const workflow = this.workflow(this.credentialId, parameters, this.fails);
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
		// The durable engine schedules polls before the poll at publication has ended. If both find an
		// empty checkpoint, the first batch comes twice. This happens on busy machines; n8n guarantees no more.
		await until('a poll time has passed', pollTimeHasPassed);
		return this.n8n.editor.publish(this.workflowId);
	}

	/** The executions of the workflow so far, oldest first. */
	get executions(): Execution[] {
		return this.n8n.database.executions(this.workflowId);
	}

	/** The ids of all items that the trigger has emitted, in their order. */
	get emitted(): unknown[] {
		return this.executions.flatMap(({ items }) => items.map(({ id }) => id));
	}

	/** The ids of all activities of the feed, in its order, without those of own requests. */
	get shown(): string[] {
		const own = new Set(this.feed.requests.map(({ requestId }) => requestId));
		return this.feed
			.rows()
			.filter(({ json }) => !own.has((JSON.parse(json) as { request_id: string }).request_id))
			.map(({ id }) => id);
	}

	/** As `emitted`, without the activities of the trigger's own requests. */
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

	/** Waits until the trigger has emitted every activity of the feed at least once. */
	async caughtUp(): Promise<void> {
		await until('every activity was emitted', () => {
			const emitted = new Set(this.emitted);
			return this.shown.every((id) => emitted.has(id));
		}).catch((error: unknown) => {
			expect({ error, emitted: this.emitted }).toEqual({ error, emitted: this.shown });
		});
		await this.idle();
	}

	/** Waits until the trigger has polled this many more times. */
	async polled(times: number): Promise<void> {
		const before = this.feed.requests.length;
		await until(
			`the trigger has polled ${times} more times`,
			() => this.feed.requests.length >= before + times,
		);
	}

	/** Waits until no execution is running. */
	async idle(): Promise<void> {
		await until('no execution is running', () =>
			this.executions.every(({ status }) => status !== 'running' && status !== 'new'),
		);
	}

	/** Expects that the trigger has emitted every activity of the feed once, in the feed's order. */
	expectExactlyOnce(): void {
		expect(this.emitted).toEqual(this.shown);
	}
}
