import {
	type ICredentialType,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type IPollFunctions,
	type IRun,
	type IWorkflowSettings,
	Workflow,
	type WorkflowActivateMode,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { createDeferredPromise, type Deferred } from './deferred';
import { httpRequest, Network } from './network';

/** A line of n8n's log. */
export interface LogLine {
	level: 'debug' | 'info' | 'warn' | 'error';
	message: string;
	meta: unknown;
}

export interface NodeSetup {
	type: INodeType;
	credential: ICredentialType;
	/** The decrypted data of the credential. */
	credentialData: Record<string, string>;
	parameters: INodeParameters;
	workflowId: string;
	nodeId?: string;
	/** Of the workflow; default UTC. */
	timezone?: string;
	/** Of the workflow. */
	settings?: IWorkflowSettings;
	/** Whether n8n is too old to make promises for executions. */
	old?: boolean;
}

export interface PollCall {
	workflow: Workflow;
	mode: WorkflowExecuteMode;
	activation: WorkflowActivateMode;
	/** The result of `getWorkflowStaticData('node')`. */
	staticData: () => IDataObject;
	/** The result of `getPollBudgetMs`; `null` for n8n before August 2026, which lacks this function. */
	budget: number | null;
	/** Starts an execution, and tells the promise how it ends. */
	emit: (output: INodeExecutionData[][], done: Deferred<IRun | undefined> | undefined) => void;
	/** Records a failed execution, and runs the error workflow. */
	emitError: (error: Error) => void;
}

/** An n8n with one workflow of one node, as the node sees them. */
export class Installation {
	readonly network: Network;
	readonly log: LogLine[] = [];
	/** n8n waits for this before it returns credentials: it may get them from an external store. */
	credentialsHeld: Promise<void> | undefined;

	constructor(
		readonly setup: NodeSetup,
		network = new Network(),
	) {
		this.network = network;
	}

	/** The workflow as n8n loads it: parameters with their defaults, and static data. */
	load(staticData?: IDataObject): Workflow {
		const { type, parameters, workflowId, nodeId = 'node-1', timezone } = this.setup;
		const node: INode = {
			id: nodeId,
			name: type.description.displayName,
			type: `test.${type.description.name}`,
			typeVersion: 1,
			position: [0, 0],
			parameters: structuredClone(parameters),
		};
		return new Workflow({
			id: workflowId,
			nodes: [node],
			connections: {},
			active: true,
			nodeTypes: {
				getByName: () => type,
				getByNameAndVersion: () => type,
				getKnownTypes: () => ({}),
			},
			...(staticData && { staticData }),
			settings: { timezone: timezone ?? 'UTC' },
		});
	}

	/** The context of a trigger's `poll`. */
	pollContext(call: PollCall): IPollFunctions {
		const { workflow, mode, activation, staticData, budget, emit, emitError } = call;
		const common = this.#common(workflow);
		const { old = false, settings = {} } = this.setup;
		const context = {
			...common,
			...(!old && {
				getWorkflowSettings: () => settings,
				helpers: { ...common.helpers, createDeferredPromise },
			}),
			__emit: (
				output: INodeExecutionData[][],
				_response?: unknown,
				done?: Deferred<IRun | undefined>,
			) => emit(output, done),
			__emitError: emitError,
			getMode: () => mode,
			getActivationMode: () => activation,
			getNodeParameter: (
				name: string,
				fallback?: unknown,
				options: { rawExpressions?: boolean } = {},
			) => parameterOf(workflow, mode, [], name, 0, fallback, options.rawExpressions),
			getWorkflowStaticData: staticData,
			...(budget !== null && { getPollBudgetMs: () => budget }),
		};
		return context as unknown as IPollFunctions;
	}

	/** The context of a node's `execute` with these input items. */
	executeContext(items: Item[], continueOnFail = false): IExecuteFunctions {
		const workflow = this.load();
		const context = {
			...this.#common(workflow),
			getMode: () => 'manual',
			getInputData: () => items,
			getExecutionCancelSignal: () => new AbortController().signal,
			continueOnFail: () => continueOnFail,
			getNodeParameter: (name: string, index: number, fallback?: unknown) =>
				parameterOf(workflow, 'manual', items, name, index, fallback),
		};
		return context as unknown as IExecuteFunctions;
	}

	#common(workflow: Workflow) {
		const { network, setup } = this;
		const { credential } = setup;
		return {
			getNode: () => structuredClone(nodeOf(workflow)),
			getWorkflow: () => ({ id: workflow.id, name: workflow.name, active: workflow.active }),
			getTimezone: () => workflow.timezone,
			getCredentials: async () => {
				await this.credentialsHeld;
				return { ...setup.credentialData };
			},
			logger: this.#logger(),
			helpers: {
				returnJsonArray,
				async httpRequestWithAuthentication(
					this: IPollFunctions,
					credentialType: string,
					options: IHttpRequestOptions,
				) {
					if (credentialType !== credential.name) throw new Error(`No ${credentialType} here.`);
					const { authenticate } = credential;
					// n8n evaluates expressions only until another poll of the workflow ends.
					if (typeof authenticate !== 'function') throw new Error('Not during a whole poll.');
					const request = await authenticate({ ...setup.credentialData }, options);
					if ('getExecutionCancelSignal' in this) {
						request.abortSignal = (
							this as unknown as IExecuteFunctions
						).getExecutionCancelSignal()!;
					}
					return await httpRequest(network, this.getNode(), request);
				},
			},
		};
	}

	#logger() {
		const write = (level: LogLine['level']) => (message: string, meta?: unknown) =>
			void this.log.push({ level, message, meta });
		return {
			debug: write('debug'),
			info: write('info'),
			warn: write('warn'),
			error: write('error'),
		};
	}
}

export function nodeOf(workflow: Workflow): INode {
	const [node] = Object.values(workflow.nodes);
	if (!node) throw new Error('The workflow has no node.');
	return node;
}

function parameterOf(
	workflow: Workflow,
	mode: WorkflowExecuteMode,
	items: Item[],
	name: string,
	index: number,
	fallback: unknown,
	raw = false,
): unknown {
	const node = nodeOf(workflow);
	const value = node.parameters[name] ?? fallback;
	if (value === undefined) throw new Error(`Could not get parameter "${name}"`);
	if (raw) return value;
	return workflow.expression.getParameterValue(
		value as string,
		null,
		0,
		index,
		node.name,
		items,
		mode,
		{},
		undefined,
	);
}

type Item = INodeExecutionData;

function returnJsonArray(data: IDataObject | IDataObject[]): Item[] {
	// n8n takes an object with a field `json` for an item.
	return [data].flat().map((each) => (each.json ? (each as unknown as Item) : { json: each }));
}
