import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { freePort } from '../simulators/free-port';
import { debianProgram } from './debian-program';
import { KeptProcess } from './kept-process';

const HOST = '127.0.0.1';

/** A Redis server that keeps its data in memory only. */
export class Redis {
	private constructor(
		private readonly server: KeptProcess,
		readonly port: number,
	) {}

	readonly host = HOST;

	/**
	 * Starts an empty server on a free port.
	 *
	 * @param directory holds its log
	 * @throws Error that says what to install when the machine lacks Redis
	 */
	static async start(directory: string): Promise<Redis> {
		const port = await freePort();
		const cli = debianProgram('redis-cli');
		const server = new KeptProcess({
			name: 'Redis',
			command: [
				debianProgram('redis-server'),
				...['--bind', HOST, '--port', String(port), '--dir', directory],
				...['--save', '', '--appendonly', 'no'],
			],
			environment: { PATH: process.env.PATH ?? '' },
			logFile: path.join(directory, 'redis.log'),
			isReady: () => answers(cli, port),
		});
		await server.launch();
		return new Redis(server, port);
	}

	/** Kills the server. */
	async close(): Promise<void> {
		await this.server.kill();
	}
}

function answers(cli: string, port: number): boolean {
	try {
		const pong = execFileSync(cli, ['-h', HOST, '-p', String(port), 'ping'], {
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		return pong.trim() === 'PONG';
	} catch {
		return false;
	}
}
