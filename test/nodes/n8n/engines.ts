import {
	type Failure,
	type IDataObject,
	type INodeExecutionData,
	type IPollFunctions,
	type IRun,
	type NodeApiError,
	ObservableObject,
	sleep,
	type Workflow,
} from 'n8n-workflow';
import type { Deferred } from './deferred';
import { type Installation, nodeOf } from './installation';

const ACTIVATION_ATTEMPTS = 5;
const FIRST_RETRY_MS = 1000;
const POLL_BUDGET_MS = 300_000;
const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 30 * 60_000;
const LONGEST_ASKED_MS = 60 * 60_000;

/** An entry in n8n's list of executions: an execution that a poll started, or a poll that failed. */
export interface Execution {
	items?: IDataObject[];
	error?: Error;
	/** How it has ended, in n8n's word, if the trigger was to be told. */
	status?: string;
}

/** How an execution ends. */
export interface Ending {
	/** `canceled` rejects; `lost` tells nothing, as in queue mode after a timeout. */
	status: 'success' | 'waiting' | 'error' | 'crashed' | 'canceled' | 'lost';
	/** After how many milliseconds. */
	after: number;
}

/** How n8n runs a polling trigger. */
export interface Engine {
	readonly executions: Execution[];
	/** Publishes the workflow. @throws what n8n shows to the user when the first poll fails */
	publish(): Promise<void>;
	/** Runs the poll that is due each minute. */
	poll(): Promise<void>;
	/** Restarts the process, or starts a changed workflow. */
	restart(activation?: 'init' | 'leadershipChange' | 'update'): Promise<void>;
	/** Whether n8n still polls. */
	readonly polling: boolean;
	/** The state of the node in the database. */
	stored(): IDataObject;
	/** The state that the next poll finds: on the default engine, the one in memory. */
	remembered(): IDataObject;
	/** Replaces the state in the database, as a Code node can. The state in memory stays. */
	overwrite(staticData: IDataObject): void;
	/** Kills the process when the next execution starts: on the default engine, before static data is saved. */
	killAtEmit: boolean;
	/** Kills the process before the next execution starts: on the default engine, after static data is saved. */
	killBeforeRun: boolean;
	/** Whether n8n refuses to start an execution whose end it would have to tell. */
	refusesToWait: boolean;
	/** Decides how the execution ends that gets these items. */
	workflow: (items: readonly IDataObject[]) => Ending;
}

/** The executions of a process, whose ends n8n tells to triggers that wait. */
class Runs {
	workflow: Engine['workflow'] = () => ({ status: 'success', after: 2000 });
	/** Counts the processes: none learns what another has started. */
	#process = 0;

	/** Starts a process: executions of the last one crash. */
	restart(): void {
		this.#process++;
	}

	start(execution: Execution, done: Done): void {
		if (!done) return;
		const { status, after } = this.workflow(execution.items ?? []);
		const process = this.#process;
		if (status === 'lost') return;
		setTimeout(() => {
			if (process !== this.#process) return;
			execution.status = status;
			if (status === 'canceled') done.reject(new Error('The execution was cancelled'));
			else done.resolve({ status, data: {} } as IRun);
		}, after);
	}
}

type Done = Deferred<IRun | undefined> | undefined;

type Activation = Parameters<Engine['restart']>[0] | 'activate';

/** n8n's original engine, which keeps contexts and static data in memory. */
export class DefaultEngine implements Engine {
	readonly executions: Execution[] = [];
	killAtEmit = false;
	killBeforeRun = false;
	refusesToWait = false;
	readonly #runs = new Runs();
	#database = '{}';
	#workflow: Workflow | undefined;
	#context: IPollFunctions | undefined;

	constructor(
		private readonly installation: Installation,
		/** The time that a poll may take, in milliseconds; `null` for versions that do not name one. */
		private readonly budget: number | null = POLL_BUDGET_MS,
	) {}

	get polling(): boolean {
		return this.#context !== undefined;
	}

	async publish(): Promise<void> {
		await this.#activate('activate');
	}

	get workflow() {
		return this.#runs.workflow;
	}

	set workflow(workflow: Engine['workflow']) {
		this.#runs.workflow = workflow;
	}

	async restart(activation: Activation = 'init'): Promise<void> {
		if (activation !== 'update') this.#runs.restart();
		this.#workflow = undefined;
		this.#context = undefined;
		// Nobody sees the error, and n8n does not start the trigger again.
		await this.#activate(activation).catch(() => undefined);
	}

	async poll(): Promise<void> {
		const context = this.#context;
		if (!context) return;
		const workflow = this.#workflow;
		try {
			this.#hand(await run(this.installation, context), workflow);
		} catch (error) {
			this.executions.push({ error: error as Error });
		}
	}

	stored(): IDataObject {
		const all = JSON.parse(this.#database) as Record<string, IDataObject>;
		return all[this.#key] ?? {};
	}

	remembered(): IDataObject {
		const { staticData } = this.#workflow ?? {};
		return JSON.parse(JSON.stringify(staticData?.[this.#key] ?? {})) as IDataObject;
	}

	overwrite(staticData: IDataObject): void {
		this.#database = JSON.stringify({ [this.#key]: staticData });
	}

	async #activate(activation: Activation): Promise<void> {
		const workflow = this.installation.load(JSON.parse(this.#database) as IDataObject);
		this.#workflow = workflow;
		await retried(async () => {
			const context = this.installation.pollContext({
				workflow,
				mode: 'trigger',
				activation: activation ?? 'init',
				staticData: () => workflow.getStaticData('node', nodeOf(workflow)),
				budget: this.budget,
				emit: (output, done) => this.#hand(output, workflow, done),
				emitError: (error) => void this.executions.push({ error }),
			});
			this.#hand(await run(this.installation, context), workflow);
			if (this.#workflow === workflow) this.#context = context;
		});
		this.#save();
	}

	#hand(output: INodeExecutionData[][] | null, workflow: Workflow | undefined, done?: Done): void {
		if (done && this.refusesToWait) throw new Error('Cannot wait for its execution to finish yet.');
		// A poll of a process that is gone starts nothing.
		if (output === null || this.#workflow !== workflow) return;
		if (this.killBeforeRun) {
			this.#save();
			this.#die();
			return;
		}
		const execution = { items: itemsOf(output) };
		this.executions.push(execution);
		if (this.killAtEmit) {
			this.#die();
			return;
		}
		this.#save();
		this.#runs.start(execution, done);
	}

	#die(): void {
		this.killAtEmit = false;
		this.killBeforeRun = false;
		this.#runs.restart();
		this.#workflow = undefined;
		this.#context = undefined;
	}

	#save(): void {
		const { staticData } = this.#workflow ?? {};
		if (!staticData?.__dataChanged) return;
		this.#database = JSON.stringify(staticData);
		staticData.__dataChanged = false;
	}

	get #key(): string {
		return `node:${this.installation.setup.type.description.displayName}`;
	}
}

/** The optional engine: each poll has its own context, its own copy of the state, and a timeout. */
export class DurableEngine implements Engine {
	/** The time that a poll may take: n8n keeps a part of the timeout for itself. */
	readonly budget: number;

	readonly executions: Execution[] = [];
	killAtEmit = false;
	killBeforeRun = false;
	refusesToWait = false;
	readonly #runs = new Runs();
	/** Whether n8n stores batches only at `store`. */
	storesLater = false;
	readonly #unstored: (() => void)[] = [];
	/** The state that was handed over with the last execution. */
	#handed: string | undefined;
	#database = '{}';
	#published = false;
	#backoffUntil = 0;
	#failures = 0;

	constructor(
		private readonly installation: Installation,
		/** When n8n gives up on a poll, in milliseconds; by default 45 s. */
		readonly timeout = 45_000,
	) {
		this.budget = timeout - Math.min(Math.max(0.2 * timeout, 5_000), timeout / 2);
	}

	get polling(): boolean {
		return this.#published;
	}

	async publish(): Promise<void> {
		await retried(async () => {
			const staged = this.stored();
			const context = this.#context('activate', staged);
			const output = await run(this.installation, context);
			if (output) this.#hand(output, staged);
		});
		this.#published = true;
	}

	get workflow() {
		return this.#runs.workflow;
	}

	set workflow(workflow: Engine['workflow']) {
		this.#runs.workflow = workflow;
	}

	/** The schedule is in the database, so n8n does not poll until the next poll is due. */
	async restart(activation?: Activation): Promise<void> {
		if (activation !== 'update') this.#runs.restart();
		return Promise.resolve();
	}

	async poll(): Promise<void> {
		if (!this.#published || Date.now() < this.#backoffUntil) return;
		const staged = this.stored();
		const poll = run(this.installation, this.#context('update', staged, this.budget));
		try {
			const output = await orAbandoned(poll, this.timeout);
			if (output === 'abandoned') return;
			this.#failures = 0;
			this.#hand(output, staged);
		} catch (error) {
			this.#backoffUntil = Date.now() + backoff((error as NodeApiError).failure, ++this.#failures);
			this.executions.push({ error: error as Error });
		}
	}

	stored(): IDataObject {
		return JSON.parse(this.#database) as IDataObject;
	}

	remembered(): IDataObject {
		return this.stored();
	}

	overwrite(staticData: IDataObject): void {
		this.#database = JSON.stringify(staticData);
	}

	#context(activation: 'activate' | 'update', staged: IDataObject, budget = POLL_BUDGET_MS) {
		return this.installation.pollContext({
			workflow: this.installation.load(),
			mode: 'trigger',
			activation,
			staticData: () => staged,
			budget,
			emit: (output, done) => this.#hand(output, staged, done),
			emitError: (error) => void this.executions.push({ error }),
		});
	}

	/** Stores the batches that polls have returned. */
	store(): void {
		this.storesLater = false;
		for (const store of this.#unstored.splice(0)) store();
	}

	/** n8n does not wait until the batch is stored, so the next poll may find the old state. */
	#hand(output: INodeExecutionData[][] | null, staged: IDataObject, done?: Done): void {
		if (done && this.refusesToWait) throw new Error('Cannot wait for its execution to finish yet.');
		if (output && (this.killAtEmit || this.killBeforeRun)) {
			this.killAtEmit = false;
			this.killBeforeRun = false;
			this.#runs.restart();
			return;
		}
		const state = structuredClone(staged);
		// A poll that returns nothing saves only what it has changed since its last execution.
		if (output) this.#handed = JSON.stringify(state);
		else if (JSON.stringify(state) === this.#handed) return;
		if (output && this.storesLater) this.#unstored.push(() => this.#commit(output, state, done));
		else this.#commit(output, state, done);
	}

	/** Stores state and execution in one transaction. An unchanged state is not stored. */
	#commit(output: INodeExecutionData[][] | null, state: IDataObject, done?: Done): void {
		this.#database = JSON.stringify(state);
		if (!output) return;
		const execution = { items: itemsOf(output) };
		this.executions.push(execution);
		this.#runs.start(execution, done);
	}
}

/** How long the durable engine pauses a trigger that has failed this many times in a row. */
function backoff(failure: Failure | undefined, failures: number): number {
	const { cause } = failure ?? {};
	if (cause === 'credential-invalid' || cause === 'configuration-invalid')
		return LONGEST_BACKOFF_MS;
	const asked = failure && 'retryAfterMs' in failure ? (failure.retryAfterMs ?? 0) : 0;
	const curve = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS);
	return Math.max(curve, Math.min(asked, LONGEST_ASKED_MS));
}

/** A manual run of the trigger: it sees the state of the published trigger, and saves nothing. */
export async function testRun(
	installation: Installation,
	stored: IDataObject,
): Promise<IDataObject[] | null> {
	const staticData = ObservableObject.create(stored);
	const output = await run(
		installation,
		installation.pollContext({
			workflow: installation.load(),
			mode: 'manual',
			activation: 'manual',
			staticData: () => staticData,
			budget: POLL_BUDGET_MS,
			emit: () => {
				throw new Error('A manual run starts no execution.');
			},
			emitError: () => {
				throw new Error('A manual run records no failed execution.');
			},
		}),
	);
	if (staticData.__dataChanged) throw new Error('A manual run changed the static data.');
	return output && itemsOf(output);
}

async function run({ setup }: Installation, context: IPollFunctions) {
	return (await setup.type.poll?.call(context)) ?? null;
}

async function retried(activate: () => Promise<void>): Promise<void> {
	for (let attempt = 1; ; attempt++) {
		try {
			await activate();
			return;
		} catch (error) {
			// n8n shows the message to the user.
			if (attempt === ACTIVATION_ATTEMPTS) throw error;
			await sleep(FIRST_RETRY_MS * 2 ** (attempt - 1));
		}
	}
}

async function orAbandoned<T>(poll: Promise<T>, timeout: number): Promise<T | 'abandoned'> {
	let timer: NodeJS.Timeout | undefined;
	const abandoned = new Promise<'abandoned'>((resolve) => {
		timer = setTimeout(() => resolve('abandoned'), timeout);
	});
	return await Promise.race([poll, abandoned]).finally(() => clearTimeout(timer));
}

function itemsOf(output: INodeExecutionData[][]): IDataObject[] {
	// n8n stores items as JSON.
	return JSON.parse(JSON.stringify(output.flat().map(({ json }) => json))) as IDataObject[];
}
