import path from 'node:path';
import { KeptProcess } from './kept-process';
import { type Home, n8nProgram, type Role } from './n8n-process';

const LEADERSHIP = path.resolve('test/n8n/leadership.mjs');

/**
 * A main of n8n's queue mode. It leads from its start: it runs the triggers. On request it steps down and
 * takes over again, with n8n's own handlers of these events.
 */
export class MainProcess extends KeptProcess {
	/** @param port a free port, for the requests of the tests */
	constructor(
		home: Home,
		role: Omit<Role, 'command'>,
		private readonly port: number,
	) {
		super(
			n8nProgram(home, {
				...role,
				command: 'start',
				nodeOptions: ['--import', LEADERSHIP],
				environment: { ...role.environment, LEADERSHIP_PORT: String(port) },
			}),
		);
	}

	/** Makes this main the leader. */
	async takeOver(): Promise<void> {
		await this.#ask('POST', 'leader');
	}

	/** Makes this main a follower. */
	async stepDown(): Promise<void> {
		await this.#ask('POST', 'follower');
	}

	/** Whether this main runs the triggers of a workflow. */
	async triggers(workflowId: string): Promise<boolean> {
		return (await this.#ask('GET', '')).includes(workflowId);
	}

	/** @returns the ids of the workflows whose triggers run then */
	async #ask(method: string, path: string): Promise<string[]> {
		const response = await fetch(`http://127.0.0.1:${this.port}/${path}`, { method });
		if (!response.ok) throw new Error(await response.text());
		return (await response.json()) as string[];
	}
}
