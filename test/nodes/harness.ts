import { createHash } from 'node:crypto';
import type {
	IDataObject,
	INodeExecutionData,
	INodeParameters,
	IWorkflowSettings,
	NodeApiError,
} from 'n8n-workflow';
import { AnthropicComplianceApi } from '../../credentials/AnthropicComplianceApi.credentials';
import { AnthropicCompliance } from '../../nodes/AnthropicCompliance/AnthropicCompliance.node';
import { AnthropicComplianceTrigger } from '../../nodes/AnthropicCompliance/AnthropicComplianceTrigger.node';
import { MINUTE, PRESENT } from '../core/harness';
import { ActivityFeed, type ActivityFeedOptions } from '../simulators/activity-feed/activity-feed';
import type { FeedRow } from '../simulators/activity-feed/feed-rows';
import type { Fault, FaultSchedule } from '../simulators/activity-feed/faults';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { DefaultEngine, DurableEngine, type Engine, testRun } from './n8n/engines';
import { Installation, type NodeSetup } from './n8n/installation';
import type { Network } from './n8n/network';
import { time } from './n8n/time';

export * from '../core/harness';
export { time };

export const BASE_URL = 'https://api.anthropic.com';

/** Each bench has its own workflow, because the nodes remember things by workflow. */
let workflows = 0;
const newWorkflowId = () => `workflow-${++workflows}`;

export interface BenchOptions extends Omit<ActivityFeedOptions, 'clock'> {
	/** The node's parameters; the others have their defaults. */
	parameters?: INodeParameters;
	engine?: 'default' | 'durable';
	/** The result of `getPollBudgetMs` on the default engine; `null` for versions without it. */
	budget?: number | null;
	/** When the durable engine gives up on a poll, in milliseconds. */
	pollTimeout?: number;
	credentialData?: Partial<Record<'apiKey' | 'baseUrl', string>>;
	/** How far the API's clock is ahead of the machine's, in milliseconds. */
	serverAhead?: number;
	timezone?: string;
	/** The settings of the workflow. */
	settings?: IWorkflowSettings;
	/** An n8n that cannot tell how executions end. */
	old?: boolean;
	/** Adds another workflow to the n8n and the feed of that bench. */
	beside?: TriggerBench;
	workflowId?: string;
	nodeId?: string;
}

/** What the tests of both nodes need: a feed, an n8n, and a clock under control. */
abstract class Bench {
	readonly feed: ActivityFeed;
	readonly installation: Installation;
	readonly #serverAhead: number;
	/** Texts of rows, and the texts to send instead. */
	readonly #oddities = new Map<string, string>();

	constructor(type: NodeSetup['type'], options: BenchOptions) {
		const { parameters = {}, serverAhead = 0, beside, ...feedOptions } = options;
		if (!beside) time.begin(PRESENT);
		this.#serverAhead = serverAhead;
		this.feed =
			beside?.feed ??
			new ActivityFeed({ recordReads: false, ...feedOptions, clock: { now: () => this.now } });
		this.installation = new Installation(
			{
				type,
				credential: new AnthropicComplianceApi(),
				parameters,
				workflowId: newWorkflowId(),
				...options,
				credentialData: { apiKey: ACCESS_KEY, baseUrl: BASE_URL, ...options.credentialData },
			},
			beside?.network,
		);
		this.network.serve(BASE_URL, this.feed, () => this.now);
		if (!beside) this.network.rewrite = (body) => this.#withOddities(body);
	}

	get network(): Network {
		return this.installation.network;
	}

	/** The present by the API's clock, which is independent of the machine's. */
	get now(): number {
		return PRESENT + performance.now() + this.#serverAhead;
	}

	/** Adds an activity that happened this many milliseconds ago, and returns its id. */
	happened(ago: number, fields: Record<string, unknown> = {}): string {
		return this.#happened(ago, fields).id;
	}

	/** Adds an unreadable record, at the place of an activity that happened this many milliseconds ago. */
	unreadable(ago: number, text: string): void {
		this.#oddities.set(this.#happened(ago).json, text);
	}

	/** The id of the item for a row. */
	itemId({ id, json }: FeedRow): string {
		const odd = this.#oddities.get(json);
		if (odd === undefined) return id;
		return `unreadable_${createHash('sha256').update(odd).digest('hex')}`;
	}

	#happened(ago: number, fields: Record<string, unknown> = {}) {
		const created_at = microsecondsOf(this.now - ago);
		return this.feed.add(
			{ type: 'claude_chat_created', actor: { type: 'user_actor' }, created_at, ...fields },
			{ visibleAt: this.now },
		);
	}

	#withOddities(body: Buffer): Buffer {
		if (this.#oddities.size === 0) return body;
		let text = body.toString();
		for (const [row, odd] of this.#oddities) text = text.replaceAll(row, () => odd);
		return Buffer.from(text);
	}

	/** Adds this many activities, a second apart; the last one happened this long ago. Returns ids, oldest first. */
	backlog(count: number, ago: number): string[] {
		return Array.from({ length: count }, (_, i) => this.happened(ago + (count - 1 - i) * 1000));
	}

	fails(fault: Fault, schedule?: FaultSchedule): void {
		this.feed.fail(fault, schedule);
	}

	/** The API answers this slowly. */
	slow(ms: number): void {
		this.network.latency = () => ms;
	}

	/** The parameters of the requests made so far. */
	get asked(): URLSearchParams[] {
		return this.network.sent.map(({ url }) => new URL(url).searchParams);
	}

	/** The messages in n8n's log at this level. */
	logged(level: 'info' | 'warn'): string[] {
		return this.installation.log
			.filter((line) => line.level === level)
			.map(({ message }) => message);
	}
}

/** The trigger, published on one of n8n's two engines. */
export class TriggerBench extends Bench {
	readonly engine: Engine;

	constructor(options: BenchOptions = {}) {
		super(new AnthropicComplianceTrigger(), options);
		this.engine =
			options.engine === 'durable'
				? new DurableEngine(this.installation, options.pollTimeout)
				: new DefaultEngine(this.installation, options.budget);
	}

	async publish(): Promise<this> {
		await time.settle(this.engine.publish());
		return this;
	}

	/** Lets a minute pass, and polls. */
	async poll(): Promise<Error | undefined> {
		time.pass(MINUTE);
		return await this.pollNow();
	}

	/** @returns the error of the poll, if it failed */
	async pollNow(): Promise<Error | undefined> {
		const before = this.engine.executions.length;
		await time.settle(this.engine.poll());
		return this.engine.executions[before]?.error;
	}

	/** The failure of the next poll. */
	async failure(): Promise<NodeApiError> {
		const error = await this.poll();
		if (!error) throw new Error('The poll did not fail.');
		return error as NodeApiError;
	}

	async restart(activation?: Parameters<Engine['restart']>[0]): Promise<void> {
		// A new process remembers nothing. The nodes remember by workflow, so this takes another workflow id.
		if (activation !== 'update') this.installation.setup.workflowId = newWorkflowId();
		await time.settle(this.engine.restart(activation));
	}

	/** Changes the parameters, and publishes the workflow. */
	async change(parameters: INodeParameters): Promise<void> {
		this.installation.setup.parameters = { ...this.installation.setup.parameters, ...parameters };
		await this.restart('update');
	}

	/** When n8n gives up on a poll, in milliseconds. */
	get pollTimeout(): number {
		return this.engine instanceof DurableEngine ? this.engine.timeout : 5 * MINUTE;
	}

	/** Runs the trigger manually. */
	async testRun(): Promise<IDataObject[] | null> {
		return await time.settle(testRun(this.installation, this.engine.stored()));
	}

	/** All items so far. */
	get items(): IDataObject[] {
		return this.engine.executions.flatMap(({ items = [] }) => items);
	}

	get ids(): unknown[] {
		return this.items.map(({ id }) => id);
	}

	/** The number of items of each execution. */
	get sizes(): number[] {
		return this.engine.executions.flatMap(({ items }) => (items ? [items.length] : []));
	}

	/** The checkpoint in the database. */
	get checkpoint(): IDataObject {
		return this.engine.stored().checkpoint as IDataObject;
	}
}

/** The node Get Many. */
export class GetManyBench extends Bench {
	constructor(options: BenchOptions = {}) {
		super(new AnthropicCompliance(), options);
	}

	async execute(
		items: IDataObject[] = [{}],
		options: { continueOnFail?: boolean } = {},
	): Promise<INodeExecutionData[]> {
		const context = this.installation.executeContext(
			items.map((json) => ({ json })),
			options.continueOnFail,
		);
		const run = this.installation.setup.type.execute?.call(context);
		const output = (await time.settle(run as Promise<INodeExecutionData[][]>)).flat();
		return JSON.parse(JSON.stringify(output)) as INodeExecutionData[];
	}
}

/** An instant as the API writes it, to the microsecond. */
function microsecondsOf(ms: number): string {
	const micros = Math.floor((ms % 1) * 1000);
	return `${new Date(ms).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
