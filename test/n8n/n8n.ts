import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../simulators/free-port';
import { Database, SqliteFile } from './database';
import { Editor } from './editor';
import type { Say } from './installation';
import { KeptProcess } from './kept-process';
import { createHome, type Engine, type Home, n8nProgram } from './n8n-process';

export type { Engine } from './n8n-process';

/** n8n's database in its directory. */
const DATABASE = '.n8n/database.sqlite';

export interface N8nOptions {
	/** Default: `default`. */
	engine?: Engine;
	/** Gets a line for each step of the installation. */
	say?: Say;
	/** A command that runs n8n's, to measure it. */
	through?: readonly string[];
	/** More of n8n's settings. */
	environment?: Record<string, string>;
}

/** A real n8n with the package of this repository: a process, its directory and its database. */
export class N8n {
	readonly editor: Editor;
	readonly database: Database;
	readonly #process: KeptProcess;

	private constructor(
		private readonly home: Home,
		{ engine = 'default', through = [] }: N8nOptions,
		environment: Record<string, string>,
		readonly url: string,
	) {
		this.editor = new Editor(url);
		this.database = new Database(new SqliteFile(path.join(home.folder, DATABASE)));
		this.#process = new KeptProcess(
			n8nProgram(home, {
				name: 'n8n',
				command: 'start',
				engine,
				through,
				environment: { DB_TYPE: 'sqlite', ...environment },
				isReady: () => this.editor.isReady(),
			}),
		);
	}

	/** Starts an empty n8n, with its owner logged in. The package must have been built. */
	static async start(options: N8nOptions = {}): Promise<N8n> {
		const port = await freePort();
		const home = await createHome(options.say ?? (() => undefined));
		const environment = {
			...options.environment,
			N8N_PORT: String(port),
			N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		};
		const n8n = new N8n(home, options, environment, `http://127.0.0.1:${port}`);
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
	launch(): Promise<void> {
		return this.#process.launch();
	}

	/** Asks n8n to stop, as Ctrl+C does, and waits until it has. */
	stop(): Promise<void> {
		return this.#process.stop();
	}

	/** Kills n8n at once, with all its processes. */
	kill(): Promise<void> {
		return this.#process.kill();
	}

	/** Kills n8n, and deletes its data. */
	async close(): Promise<void> {
		await this.kill();
		this.database.close();
		rmSync(this.home.folder, { recursive: true, force: true, maxRetries: 5 });
	}

	/** The bytes of n8n's database, once n8n was stopped. */
	get databaseSize(): number {
		return statSync(path.join(this.home.folder, DATABASE)).size;
	}

	/** The path of n8n's log. */
	get logFile(): string {
		return this.#process.logFile;
	}
}
