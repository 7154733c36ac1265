import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../simulators/free-port';
import { debianProgram, giveAway, unprivileged } from './debian-program';
import { KeptProcess } from './kept-process';

const HOST = '127.0.0.1';
const USER = 'tests';
/** A database that every server has. */
const FIRST_DATABASE = 'postgres';
/** A test's data need not survive the machine, so the server does not wait for the disk. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1'];

/** A PostgreSQL server in a directory of its own. It asks for no password. */
export class PostgreSql {
	private constructor(
		private readonly server: KeptProcess,
		private readonly directory: string,
		readonly port: number,
	) {}

	readonly host = HOST;
	readonly user = USER;

	/**
	 * Starts an empty server on a free port.
	 *
	 * @throws Error that says what to install when the machine lacks PostgreSQL
	 */
	static async start(): Promise<PostgreSql> {
		const initdb = debianProgram('initdb');
		// Not in a directory of n8n, which only its owner may enter.
		const directory = mkdtempSync(path.join(tmpdir(), 'postgresql-'));
		giveAway(directory);
		const data = path.join(directory, 'data');
		run(unprivileged([initdb, '-D', data, '-U', USER, '-A', 'trust', '-N']));
		const port = await freePort();
		const settings = [...SETTINGS, `port=${port}`, `unix_socket_directories=${data}`];
		const server: KeptProcess = new KeptProcess({
			name: 'PostgreSQL',
			command: unprivileged([
				debianProgram('postgres'),
				'-D',
				data,
				...settings.flatMap((setting) => ['-c', setting]),
			]),
			environment: { PATH: process.env.PATH ?? '' },
			logFile: path.join(directory, 'postgresql.log'),
			isReady: () => postgresql.#answers(),
		});
		const postgresql: PostgreSql = new PostgreSql(server, directory, port);
		try {
			await server.launch();
		} catch (error) {
			await postgresql.close();
			throw error;
		}
		return postgresql;
	}

	/** Creates an empty database. */
	createDatabase(name: string): void {
		this.run(FIRST_DATABASE, `CREATE DATABASE ${name}`);
	}

	/** Runs a statement in a database. */
	run(database: string, statement: string): void {
		this.#psql(database, statement);
	}

	/** The rows that a query finds in a database. */
	select<Row>(database: string, query: string): Row[] {
		const text = this.#psql(
			database,
			`SELECT coalesce(json_agg(row), '[]') FROM (${query}) AS row`,
		);
		return JSON.parse(text) as Row[];
	}

	/** The command, and its arguments, of a session that reads statements from its standard input. */
	session(database: string): [string, string[]] {
		const at = ['-h', HOST, '-p', String(this.port), '-U', USER, '-d', database];
		return [debianProgram('psql'), [...at, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1']];
	}

	/** Kills the server, and deletes its data. */
	async close(): Promise<void> {
		await this.server.kill();
		rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
	}

	#answers(): boolean {
		try {
			return this.select(FIRST_DATABASE, 'SELECT 1').length === 1;
		} catch {
			return false;
		}
	}

	#psql(database: string, statement: string): string {
		const [program, options] = this.session(database);
		return run([program, ...options, '-c', statement]);
	}
}

const LARGEST_OUTPUT = 512 * 1024 * 1024;

/** Runs a command to its end, and returns its output. Its errors are in the error that this throws. */
function run([program = '', ...args]: readonly string[]): string {
	return execFileSync(program, args, {
		encoding: 'utf8',
		maxBuffer: LARGEST_OUTPUT,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
}
