import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { receive, send, SOCKET } from './messages';
import { shared, VARIABLE } from './shared';
import type { Options, Report, Request } from './starter';

/** The part of a child process that tests use. Its events are `error`, and `close` with the exit code. */
export interface Started extends EventEmitter {
	readonly stdin: Writable;
	readonly stdout: Readable;
	readonly stderr: Readable;
	kill(signal: NodeJS.Signals): unknown;
}

/** Starts a process as `spawn` does: in Jest, whose processes take long to start one, by another process. */
export function start(
	command: string,
	args: readonly string[],
	options: Partial<Options> = {},
): Started {
	const { stdin = 'pipe', cwd = process.cwd(), env = process.env } = options;
	if (process.env[VARIABLE] === undefined) {
		const stdio = [stdin, 'pipe', 'pipe'] as const;
		return spawn(command, args, {
			...options,
			stdio: [...stdio],
		}) as ChildProcessWithoutNullStreams;
	}
	// Jest's own environment cannot be cloned.
	return new RemoteProcess({ command, args, options: { ...options, cwd, env: { ...env }, stdin } });
}

let starter: Promise<number> | undefined;

/** A process that the starter has started. */
class RemoteProcess extends EventEmitter implements Started {
	readonly stdin = new Writable({
		write: (chunk: Buffer, _, done) => this.#tell({ stdin: chunk }, done),
		final: (done) => this.#tell({ stdinEnds: true }, done),
	});
	readonly stdout = new Readable({ read: () => undefined });
	readonly stderr = new Readable({ read: () => undefined });
	readonly #socket: Promise<Socket>;
	#started!: (pid: number) => void;
	readonly #pid = new Promise<number>((resolve) => (this.#started = resolve));
	#ended = false;

	constructor(request: Request) {
		super();
		starter ??= shared('starter').then((port) => port!);
		this.#socket = starter.then((port) => connect({ ...SOCKET, port, host: '127.0.0.1' }));
		this.#socket
			.then((socket) => {
				socket.on('error', (error) => this.emit('error', error));
				socket.on('close', () => {
					if (!this.#ended)
						this.emit('error', new Error('The process that starts others has ended.'));
				});
				receive<Report>(socket, (report) => this.#hear(report, socket));
				send(socket, request);
			})
			.catch((error: unknown) => this.emit('error', error));
	}

	/** Kills it before anything else happens here, so that it hears nothing more from a simulator. */
	kill(signal: NodeJS.Signals): void {
		void this.#pid.then((pid) => {
			if (this.#ended) return;
			try {
				process.kill(pid, signal);
			} catch {
				// It has ended, and the report of that is on its way.
			}
		});
	}

	#tell(request: Request, done: () => void): void {
		void this.#socket.then((socket) => {
			send(socket, request);
			done();
		});
	}

	#hear(report: Report, socket: Socket): void {
		if ('pid' in report) this.#started(report.pid);
		else if ('stdout' in report) this.stdout.push(report.stdout);
		else if ('stderr' in report) this.stderr.push(report.stderr);
		else {
			this.#ended = true;
			socket.end();
			this.stdout.push(null);
			this.stderr.push(null);
			if ('failed' in report) this.emit('error', new Error(report.failed));
			else void this.#close(report.closed);
		}
	}

	async #close(exitCode: number | null): Promise<void> {
		await Promise.all([finished(this.stdout), finished(this.stderr)]);
		this.emit('close', exitCode);
	}
}
