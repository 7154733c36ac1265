import { rmSync } from 'node:fs';
import { freePort } from '../simulators/free-port';
import { Database } from './database';
import { Editor } from './editor';
import { KeptProcess } from './kept-process';
import { MainProcess } from './main-process';
import { createHome, type Engine, type Home, n8nProgram } from './n8n-process';
import { PostgreSql } from './postgresql';
import { Redis } from './redis';

const WORKERS = ['worker-1', 'worker-2'];
const DATABASE = 'n8n';
const LOCAL = '127.0.0.1';

/**
 * n8n declares a killed worker's execution failed once its lock has run out and a check has noticed. By
 * default that takes more than a minute.
 */
const HASTE = {
	QUEUE_WORKER_LOCK_DURATION: '10000',
	QUEUE_WORKER_LOCK_RENEW_TIME: '2000',
	QUEUE_WORKER_STALLED_INTERVAL: '2000',
	// How many seconds a process that was asked to stop waits for its executions.
	N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '5',
};

/** A real n8n in queue mode, with the package of this repository: a main, two workers, PostgreSQL and Redis. */
export class Queue {
	readonly editor: Editor;
	readonly database: Database;
	readonly main: MainProcess;
	/** Another main, which `launch` does not start. */
	readonly secondMain: MainProcess;
	readonly workers: readonly KeptProcess[];

	private constructor(
		private readonly home: Home,
		readonly postgresql: PostgreSql,
		private readonly redis: Redis,
		engine: Engine,
		ports: Ports,
	) {
		const common = {
			...HASTE,
			EXECUTIONS_MODE: 'queue',
			QUEUE_BULL_REDIS_HOST: redis.host,
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: postgresql.host,
			DB_POSTGRESDB_PORT: String(postgresql.port),
			DB_POSTGRESDB_USER: postgresql.user,
			DB_POSTGRESDB_DATABASE: DATABASE,
		};
		this.editor = new Editor(urlOf(ports.main.n8n));
		this.database = new Database({
			select: (query, workflowId) =>
				postgresql.select(DATABASE, query.replace(':workflowId', `'${workflowId}'`)),
			close: () => undefined,
		});
		const mainOf = (name: string, { n8n, broker, leadership }: MainPorts) => {
			const editor = new Editor(urlOf(n8n));
			return new MainProcess(
				home,
				{
					name,
					engine,
					environment: {
						...common,
						N8N_PORT: String(n8n),
						N8N_RUNNERS_BROKER_PORT: String(broker),
					},
					isReady: () => editor.isReady(),
				},
				leadership,
			);
		};
		this.main = mainOf('main', ports.main);
		this.secondMain = mainOf('second-main', ports.secondMain);
		this.workers = WORKERS.map((name, index) => {
			const { health, broker } = ports.workers[index]!;
			return new KeptProcess(
				n8nProgram(home, {
					name,
					command: 'worker',
					engine,
					environment: {
						...common,
						N8N_WORKER_SERVER_ADDRESS: LOCAL,
						QUEUE_HEALTH_CHECK_ACTIVE: 'true',
						QUEUE_HEALTH_CHECK_PORT: String(health),
						N8N_RUNNERS_BROKER_PORT: String(broker),
					},
					isReady: () => isHealthy(health),
				}),
			);
		});
	}

	/**
	 * Starts an empty n8n, with its owner logged in. The package must have been built.
	 *
	 * @throws Error that says what to install when the machine lacks PostgreSQL or Redis
	 */
	static async start({ engine = 'default' }: { engine?: Engine } = {}): Promise<Queue> {
		const home = await createHome(() => undefined);
		const started: { close(): Promise<void> }[] = [];
		try {
			const postgresql = await PostgreSql.start();
			started.push(postgresql);
			postgresql.createDatabase(DATABASE);
			const redis = await Redis.start(home.folder);
			started.push(redis);
			const queue = new Queue(home, postgresql, redis, engine, await freePorts());
			started.unshift({ close: () => queue.#killAll() });
			// The main creates the tables that the workers need.
			await queue.main.launch();
			await queue.editor.setUpOwner();
			await queue.launch();
			return queue;
		} catch (error) {
			for (const each of started) await each.close();
			remove(home.folder);
			throw error;
		}
	}

	/** Starts the main and the workers that do not run, and waits until they answer. */
	async launch(): Promise<void> {
		await Promise.all([this.main, ...this.workers].map((each) => each.launch()));
	}

	/** Asks all processes of n8n to stop, as Ctrl+C does, and waits until they have. */
	async stop(): Promise<void> {
		await Promise.all(this.#processes.map((each) => each.stop()));
	}

	/** The worker that runs an execution now; `undefined` if none does. */
	get busyWorker(): KeptProcess | undefined {
		return this.workers.find((worker) => {
			const [started, finished] = ['started', 'finished'].map(
				(what) => worker.log().split(`Worker ${what} execution`).length,
			);
			return started! > finished!;
		});
	}

	/** Kills n8n and its servers, and deletes their data. */
	async close(): Promise<void> {
		await this.#killAll();
		await this.redis.close();
		await this.postgresql.close();
		remove(this.home.folder);
	}

	get #processes(): readonly KeptProcess[] {
		return [this.main, this.secondMain, ...this.workers];
	}

	async #killAll(): Promise<void> {
		await Promise.all(this.#processes.map((each) => each.kill()));
	}
}

interface MainPorts {
	readonly n8n: number;
	/** Each process of n8n has a broker of its own. */
	readonly broker: number;
	readonly leadership: number;
}

interface Ports {
	readonly main: MainPorts;
	readonly secondMain: MainPorts;
	readonly workers: readonly { health: number; broker: number }[];
}

async function freePorts(): Promise<Ports> {
	const mainPorts = async () => ({
		n8n: await freePort(),
		broker: await freePort(),
		leadership: await freePort(),
	});
	const workers = WORKERS.map(async () => ({
		health: await freePort(),
		broker: await freePort(),
	}));
	return {
		main: await mainPorts(),
		secondMain: await mainPorts(),
		workers: await Promise.all(workers),
	};
}

function urlOf(port: number): string {
	return `http://${LOCAL}:${port}`;
}

async function isHealthy(port: number): Promise<boolean> {
	try {
		return (await fetch(`${urlOf(port)}/healthz/readiness`)).ok;
	} catch {
		return false;
	}
}

function remove(folder: string): void {
	rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
