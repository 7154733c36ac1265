import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../simulators/free-port';
import { Database } from './database';
import { installN8n, type Say } from './installation';
import { installPackage } from './package-under-test';
import { Editor } from './editor';
import { until } from './until';

/** n8n has two engines that poll: its own timers, and the durable scheduler. */
export type Engine = 'default' | 'durable';

const KEEPER = path.resolve('test/n8n/keeper.mjs');

/** Makes n8n quiet, and reachable only from this machine. */
const ENVIRONMENT = {
	NODE_ENV: 'production',
	DB_TYPE: 'sqlite',
	N8N_ENCRYPTION_KEY: 'test',
	N8N_LISTEN_ADDRESS: '127.0.0.1',
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_SECURE_COOKIE: 'false',
	// These would send requests to n8n's servers.
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry',
	GENERIC_TIMEZONE: 'UTC',
};

const ENGINES: Record<Engine, Record<string, string>> = {
	default: {},
	durable: {
		N8N_SCHEDULER_ENABLED: 'true',
		N8N_SCHEDULER_POLL_TRIGGERS_ENABLED: 'true',
		N8N_POLLER_DURABLE_CURSORS_ENABLED: 'true',
		// n8n looks for due polls every second instead of every five.
		N8N_SCHEDULER_EXECUTOR_INTERVAL: '1',
	},
};

export interface N8nOptions {
	/** Default: `default`. */
	engine?: Engine;
	/** Gets a line for each step of the installation. */
	say?: Say;
}

/** A real n8n with the package of this repository: a process, its directory and its database. */
export class N8n {
	readonly editor: Editor;
	readonly database: Database;
	#process: ChildProcess | undefined;

	private constructor(
		private readonly script: string,
		/** Holds all data of this n8n. */
		private readonly folder: string,
		private readonly environment: Record<string, string>,
		readonly url: string,
	) {
		this.editor = new Editor(url);
		this.database = new Database(path.join(folder, '.n8n/database.sqlite'));
	}

	/** Starts an empty n8n, with its owner logged in. The package must have been built. */
	static async start(options: N8nOptions = {}): Promise<N8n> {
		const { engine = 'default', say = () => undefined } = options;
		const port = await freePort();
		const { script } = await installN8n(say);
		const folder = mkdtempSync(path.join(tmpdir(), 'n8n-'));
		installPackage(folder);
		const environment = {
			...ENVIRONMENT,
			...ENGINES[engine],
			PATH: process.env.PATH ?? '',
			N8N_USER_FOLDER: folder,
			N8N_PORT: String(port),
			N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		};
		const n8n = new N8n(script, folder, environment, `http://127.0.0.1:${port}`);
		try {
			await n8n.launch();
			await n8n.editor.setUpOwner();
		} catch (error) {
			await n8n.close();
			throw error;
		}
		return n8n;
	}

	/** Starts the process unless it runs, and waits until it answers. */
	async launch(): Promise<void> {
		if (this.#process) return;
		const log = openSync(this.logFile, 'a');
		// Detached, so that it leads a process group, which can be killed as a whole.
		const started = spawn(process.execPath, [KEEPER, this.script, 'start'], {
			detached: true,
			stdio: ['pipe', log, log],
			env: this.environment,
		});
		closeSync(log);
		this.#process = started;
		await until(
			'n8n answers',
			async () => {
				if (started.exitCode !== null) throw new Error(`n8n did not start:\n${this.log()}`);
				return this.editor.isReady();
			},
			120_000,
		);
	}

	/** Asks n8n to stop, as Ctrl+C does, and waits until it has. */
	async stop(): Promise<void> {
		await this.#end('SIGINT');
	}

	/** Kills n8n at once, with all its processes. */
	async kill(): Promise<void> {
		await this.#end('SIGKILL');
	}

	/** Kills n8n, and deletes its data. */
	async close(): Promise<void> {
		await this.kill();
		this.database.close();
		rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
	}

	/** The end of n8n's log. */
	log(): string {
		return readFileSync(this.logFile, 'utf8').slice(-4000);
	}

	/** The path of n8n's log. */
	get logFile(): string {
		return path.join(this.folder, 'n8n.log');
	}

	async #end(signal: NodeJS.Signals): Promise<void> {
		const ending = this.#process;
		this.#process = undefined;
		if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode) return;
		const ended = once(ending, 'exit');
		process.kill(-ending.pid, signal);
		await ended;
	}
}
