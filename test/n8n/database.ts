import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parseFlatted } from './flatted';

/** An execution in n8n's database. */
export interface Execution {
	id: number;
	status: string;
	/** The items of the first node, even if n8n was killed after it. */
	items: Record<string, unknown>[];
	/** The message of its error, if it failed. */
	error: string | undefined;
}

interface ExecutionData {
	resultData: {
		error?: { message: string };
		runData: Record<string, { data?: NodeData }[]>;
	};
	/** The nodes that n8n had still to run. */
	executionData?: { nodeExecutionStack: { data: NodeData }[] };
}

interface NodeData {
	main: ({ json: Record<string, unknown> }[] | null)[];
}

/** A database of n8n that can be read, while n8n runs or after it was killed. */
export interface Tables {
	/** The rows that a query finds, in which `:workflowId` stands for the id. */
	select<Row>(query: string, workflowId: string): Row[];
	close(): void;
}

/** What n8n stores in its database. */
export class Database {
	constructor(private readonly tables: Tables) {}

	/** The executions of a workflow, oldest first. */
	executions(workflowId: string): Execution[] {
		const rows = this.tables.select<{ id: number; status: string; data: string }>(
			`SELECT id, status, data FROM execution_entity JOIN execution_data
			ON "executionId" = id WHERE "workflowId" = :workflowId ORDER BY id`,
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

	/** The state that the default engine stores for a workflow's nodes, by the node's name. */
	staticData(workflowId: string): Record<string, unknown> {
		const [row] = this.tables.select<{ staticData: string | null }>(
			'SELECT "staticData" FROM workflow_entity WHERE id = :workflowId',
			workflowId,
		);
		return JSON.parse(row?.staticData ?? '{}') as Record<string, unknown>;
	}

	/** The state that the durable engine stores for a workflow's poll trigger; `undefined` if there is none. */
	cursor(workflowId: string): unknown {
		const [row] = this.tables.select<{ cursor: string }>(
			'SELECT cursor FROM poller_state WHERE "workflowId" = :workflowId',
			workflowId,
		);
		return row && JSON.parse(row.cursor);
	}

	/** The results of n8n's last activation of a workflow's triggers. */
	triggerStatuses(workflowId: string): { status: string; errorMessage: string | null }[] {
		return this.tables.select(
			`SELECT status, "errorMessage" FROM workflow_publication_trigger_status
			WHERE "workflowId" = :workflowId`,
			workflowId,
		);
	}

	close(): void {
		this.tables.close();
	}
}

/** n8n's database in a file, its default. */
export class SqliteFile implements Tables {
	#connection: DatabaseSync | undefined;

	constructor(private readonly file: string) {}

	select<Row>(query: string, workflowId: string): Row[] {
		if (!existsSync(this.file)) return [];
		this.#connection ??= new DatabaseSync(this.file, { readOnly: true });
		return this.#connection.prepare(query).all({ workflowId }) as Row[];
	}

	close(): void {
		this.#connection?.close();
		this.#connection = undefined;
	}
}
