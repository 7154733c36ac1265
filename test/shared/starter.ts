import { spawn } from 'node:child_process';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { receive, send, SOCKET } from './messages';

/** What the starter is asked for on a connection: first to start a process, then to write to it. */
export type Request =
	| { readonly command: string; readonly args: readonly string[]; readonly options: Options }
	| { readonly stdin: Uint8Array }
	| { readonly stdinEnds: true };

/** As in `spawn`, which inherits nothing here. */
export interface Options {
	readonly cwd: string;
	readonly env: NodeJS.ProcessEnv;
	readonly stdin: 'pipe' | 'ignore';
	readonly timeout?: number | undefined;
	readonly killSignal?: NodeJS.Signals | undefined;
}

/** What becomes of the process. */
export type Report =
	| { readonly pid: number }
	| { readonly stdout: Uint8Array }
	| { readonly stderr: Uint8Array }
	| { readonly closed: number | null }
	| { readonly failed: string };

/**
 * Starts processes for tests, one for each connection. The larger a process is, the longer it takes to
 * start another one: this one is small, and those of Jest are large.
 */
const server = createServer(SOCKET, serve).listen(0, '127.0.0.1', () => {
	process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

// The pipe closes however the parent ends.
process.stdin.resume().on('close', () => process.exit());

function serve(socket: Socket): void {
	const tell = (report: Report) => send(socket, report);
	let stdin: NodeJS.WritableStream | null = null;
	receive<Request>(socket, (request) => {
		if ('stdin' in request) stdin?.write(request.stdin);
		else if ('stdinEnds' in request) stdin?.end();
		else {
			const { command, args, options } = request;
			const child = spawn(command, args, { ...options, stdio: [options.stdin, 'pipe', 'pipe'] });
			child.on('spawn', () => tell({ pid: child.pid! }));
			child.on('error', ({ message }) => tell({ failed: message }));
			child.stdout!.on('data', (stdout: Buffer) => tell({ stdout }));
			child.stderr!.on('data', (stderr: Buffer) => tell({ stderr }));
			child.on('close', (closed) => tell({ closed }));
			// Its close event says why nobody reads any more.
			child.stdin?.on('error', () => undefined);
			({ stdin } = child);
			// The process notices that nobody is there any more, as it would if its parent had ended.
			socket.on('close', () => child.stdio.forEach((stream) => stream?.destroy()));
		}
	});
	socket.on('error', () => undefined);
}
