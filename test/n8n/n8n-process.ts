import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installN8n, type Say } from './installation';
import type { Program } from './kept-process';
import { installPackage } from './package-under-test';

/** n8n has two engines that poll: its own timers, and the durable scheduler. */
export type Engine = 'default' | 'durable';

/** Makes n8n quiet, and reachable only from this machine. */
const QUIET = {
	NODE_ENV: 'production',
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

/** Where the processes of one n8n keep their data, and which n8n they run. */
export interface Home {
	/** The script that starts n8n. */
	readonly script: string;
	/** Holds all data of this n8n. */
	readonly folder: string;
}

/** Creates the directory of an empty n8n with the package of this repository. The package must have been built. */
export async function createHome(say: Say): Promise<Home> {
	const { script } = await installN8n(say);
	const folder = mkdtempSync(path.join(tmpdir(), 'n8n-'));
	installPackage(folder);
	return { script, folder };
}

/** What a process of n8n does, and with which settings. */
export interface Role {
	/** Its name in errors, and of its log. */
	readonly name: string;
	/** n8n's own command. */
	readonly command: 'start' | 'worker';
	readonly engine: Engine;
	/** A command that runs n8n's; empty if nothing does. */
	readonly through?: readonly string[];
	/** Options of Node.js. */
	readonly nodeOptions?: readonly string[];
	/** Settings of n8n beside the common ones. */
	readonly environment: Record<string, string>;
	readonly isReady: () => boolean | Promise<boolean>;
}

/** What a process of n8n runs. */
export function n8nProgram(home: Home, role: Role): Program {
	const { name, command, engine, through = [], nodeOptions = [], environment, isReady } = role;
	return {
		name,
		command: [...through, process.execPath, ...nodeOptions, home.script, command],
		environment: {
			...QUIET,
			...ENGINES[engine],
			PATH: process.env.PATH ?? '',
			N8N_USER_FOLDER: home.folder,
			...environment,
		},
		logFile: path.join(home.folder, `${name}.log`),
		isReady,
	};
}
