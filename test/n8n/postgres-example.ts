import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { exampleWorkflow } from './example';
import type { PostgreSql } from './postgresql';
import { until } from './until';
import { PACKAGE } from './package-under-test';
import { CREDENTIAL_TYPE, POLL_TIMES, type Workflow, type WorkflowNode } from './workflow';

const EXAMPLE = 'store-in-postgres.json';
const TABLE = 'claude_activities';
const ELSEWHERE = 'renamed';
/** The name of the node that fills the table. */
const STORE = 'Store Each Activity Once';

/** The example that stores every activity in Postgres, and the database that it fills. */
export class PostgresExample {
	/** @param database a new name, in lower case */
	constructor(
		private readonly postgresql: PostgreSql,
		private readonly database: string,
	) {
		postgresql.createDatabase(database);
		const { query } = exampleWorkflow(EXAMPLE).nodes.find(
			({ name }) => name === 'Create the Table',
		)!.parameters as { query: string };
		postgresql.run(database, query);
	}

	/** The data of n8n's credential `postgres` that opens the database. */
	get credential(): Record<string, unknown> {
		const { host, port, user } = this.postgresql;
		return { host, port, user, database: this.database, password: 'none', ssl: 'disable' };
	}

	/**
	 * The example, with a trigger that polls every five seconds, and without the retries of its nodes: they
	 * would store what an execution must fail with.
	 *
	 * @param credentials n8n's ids of the credentials, by their types
	 * @param parameters change those of the trigger
	 */
	workflow(credentials: Record<string, string>, parameters: Record<string, unknown>): Workflow {
		const workflow = exampleWorkflow(EXAMPLE);
		for (const node of workflow.nodes) {
			const ours = node.type.startsWith(`${PACKAGE}.`);
			const type = ours ? CREDENTIAL_TYPE : 'postgres';
			if (ours) {
				const options = {
					...(node.parameters.options as object),
					...(parameters.options as object),
				};
				node.parameters = { ...node.parameters, pollTimes: POLL_TIMES, ...parameters, options };
			}
			delete node.retryOnFail;
			if (ours || node.type.endsWith('.postgres')) {
				node.credentials = { [type]: { id: credentials[type]!, name: type } };
			}
		}
		return workflow;
	}

	/**
	 * A workflow in which other nodes hand items over to the example's Postgres node, one node after the other.
	 *
	 * @param credentials n8n's ids of the credentials, by their types
	 */
	storing(credentials: { readonly postgres: string }, before: readonly WorkflowNode[]): Workflow {
		const { nodes, settings } = this.workflow(credentials, {});
		const chain = [...before, nodes.find(({ name }) => name === STORE)!];
		const connections = Object.fromEntries(
			before.map(({ name }, index) => [
				name,
				{ main: [[{ node: chain[index + 1]!.name, type: 'main', index: 0 }]] },
			]),
		);
		return { name: 'Store', nodes: chain, connections, settings };
	}

	/** How many rows the table has. */
	count(): number {
		const query = `SELECT count(*)::int AS count FROM ${TABLE}`;
		return this.postgresql.select<{ count: number }>(this.database, query)[0]!.count;
	}

	/** The items that the table was filled with, oldest first. */
	items(): Record<string, unknown>[] {
		return this.postgresql.select(
			this.database,
			`SELECT id, time, type, label, category, actor_type AS "actorType", actor,
			ip_address AS "ipAddress", outcome, severity, organization_id AS "organizationId",
			target_user AS "targetUser", target_ids AS "targetIds", record AS "rawJson"
			FROM ${TABLE} ORDER BY time, id`,
		);
	}

	/** The ids in the table; none while it is missing. */
	ids(): Set<string> {
		if (this.isMissing) return new Set();
		const rows = this.postgresql.select<{ id: string }>(this.database, `SELECT id FROM ${TABLE}`);
		return new Set(rows.map(({ id }) => id));
	}

	/** Makes the table missing; its rows come back with it. */
	removeTable(): void {
		this.postgresql.run(this.database, `ALTER TABLE ${TABLE} RENAME TO ${ELSEWHERE}`);
	}

	/** Ends what `removeTable` began. */
	restoreTable(): void {
		this.postgresql.run(this.database, `ALTER TABLE ${ELSEWHERE} RENAME TO ${TABLE}`);
	}

	/**
	 * Keeps everybody else from the table, so that an execution that wants to store something goes on and on.
	 *
	 * @returns ends it
	 */
	async lockTable(): Promise<() => Promise<void>> {
		const session = spawn(...this.postgresql.session(this.database), {
			stdio: ['pipe', 'ignore', 'ignore'],
		});
		session.stdin.write(`BEGIN;\nLOCK TABLE ${TABLE} IN ACCESS EXCLUSIVE MODE;\n`);
		await until('the table is locked', () => this.#locks('granted').length > 0);
		return async () => {
			const ended = once(session, 'exit');
			session.stdin.end();
			await ended;
		};
	}

	/** Whether an execution waits for the locked table. */
	get isAwaited(): boolean {
		return this.#locks('NOT granted').length > 0;
	}

	/** Breaks the connections that wait for the locked table, so that nothing is stored through them. */
	breakWaiting(): void {
		for (const { pid } of this.#locks('NOT granted')) {
			this.postgresql.run(this.database, `SELECT pg_terminate_backend(${pid})`);
		}
	}

	private get isMissing(): boolean {
		const query = `SELECT 1 FROM information_schema.tables WHERE table_name = '${TABLE}'`;
		return this.postgresql.select(this.database, query).length === 0;
	}

	#locks(which: 'granted' | 'NOT granted'): { pid: number }[] {
		return this.postgresql.select(
			this.database,
			`SELECT DISTINCT pid FROM pg_locks WHERE ${which} AND relation = '${TABLE}'::regclass`,
		);
	}
}
