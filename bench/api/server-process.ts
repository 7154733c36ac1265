import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** How the server answers. */
export interface Conditions {
	/** Milliseconds that each request waits before it is answered. */
	latency: number;
	/** `null` switches the rate limit off. */
	requestsPerMinute: number | null;
}

/** The requests to the server since its conditions were set. */
export interface Traffic {
	requests: number;
	/** How many of them the rate limit refused. */
	refused: number;
}

export type ServerMessage = Conditions | 'traffic';

/** The simulated API, in its own process. */
export interface Server {
	/** The origin, without a slash at its end. */
	readonly url: string;
	/** Sets the conditions, and restarts the count at zero. */
	under(conditions: Conditions): Promise<void>;
	traffic(): Promise<Traffic>;
	close(): Promise<void>;
}

/** Starts a server that holds `count` activities. The start takes a microsecond or two for each. */
export async function startServer(count: number): Promise<Server> {
	const child = fork(path.join('bench', 'api', 'server.ts'), [String(count)], {
		execArgv: ['--import', 'tsx'],
	});
	const ended = once(child, 'exit').then(() => {
		throw new Error('The simulated API has ended.');
	});
	ended.catch(() => undefined);
	const nextMessage = async () => {
		const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
		return message;
	};
	const ask = async (message: ServerMessage) => {
		const reply = nextMessage();
		child.send(message);
		return await reply;
	};
	const url = (await nextMessage()) as string;
	return {
		url,
		under: async (conditions) => void (await ask(conditions)),
		traffic: async () => (await ask('traffic')) as Traffic,
		close: async () => {
			const exit = once(child, 'exit');
			child.disconnect();
			await exit;
		},
	};
}
