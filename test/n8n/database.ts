import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parseFlatted } from './flatted';

/** What n8n recorded of one execution. */
export interface Execution {
	id: number;
	status: string;
	/** What the first node gave, item by item, even if n8n was killed before it went on. */
	items: Record<string, unknown>[];
	/** The message of the error it failed with. */
	error: string | undefined;
}

interface ExecutionData {
	resultData: {
		error?: { message: string };
		runData: Record<string, { data?: NodeData }[]>;
	};
	/** What was still to be done. */
	executionData?: { nodeExecutionStack: { data: NodeData }[] };
}

interface NodeData {
	main: ({ json: Record<string, unknown> }[] | null)[];
}

/** What n8n keeps in its database, read while it runs or after it was killed. */
export class Database {
	#connection: DatabaseSync | undefined;

	constructor(private readonly file: string) {}

	/** The executions of a workflow, oldest first. */
	executions(workflowId: string): Execution[] {
		const rows = this.#select<{ id: number; status: string; data: string }>(
			`SELECT id, status, data FROM execution_entity
			JOIN execution_data ON executionId = id WHERE workflowId = ? ORDER BY id`,
			workflowId,
		);
		return rows.map(({ id, status, data }) => {
			// A manual run has no data before it ends.
			const execution = parseFlatted(data) as ExecutionData | undefined;
			const [firstRun] = Object.values(execution?.resultData.runData ?? {});
			const given = firstRun?.[0] ?? execution?.executionData?.nodeExecutionStack[0];
			const items = given?.data?.main[0] ?? [];
			return {
				id,
				status,
				items: items.map(({ json }) => json),
				error: execution?.resultData.error?.message,
			};
		});
	}

	/** What the default engine keeps for a workflow's nodes, by the node's name. */
	staticData(workflowId: string): Record<string, unknown> {
		const [row] = this.#select<{ staticData: string | null }>(
			'SELECT staticData FROM workflow_entity WHERE id = ?',
			workflowId,
		);
		return JSON.parse(row?.staticData ?? '{}') as Record<string, unknown>;
	}

	/** What the durable engine keeps for a workflow's poll trigger; undefined when it has nothing. */
	cursor(workflowId: string): unknown {
		const [row] = this.#select<{ cursor: string }>(
			'SELECT cursor FROM poller_state WHERE workflowId = ?',
			workflowId,
		);
		return row && JSON.parse(row.cursor);
	}

	/** How n8n last fared when it took the triggers of a workflow into service. */
	triggerStatuses(workflowId: string): { status: string; errorMessage: string | null }[] {
		return this.#select(
			'SELECT status, errorMessage FROM workflow_publication_trigger_status WHERE workflowId = ?',
			workflowId,
		);
	}

	close(): void {
		this.#connection?.close();
		this.#connection = undefined;
	}

	#select<Row>(query: string, workflowId: string): Row[] {
		if (!existsSync(this.file)) return [];
		this.#connection ??= new DatabaseSync(this.file, { readOnly: true });
		return this.#connection.prepare(query).all(workflowId) as Row[];
	}
}
