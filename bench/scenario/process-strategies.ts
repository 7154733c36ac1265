import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AnthropicComplianceApi } from '../../credentials/AnthropicComplianceApi.credentials';
import { AnthropicComplianceTrigger } from '../../nodes/AnthropicCompliance/AnthropicComplianceTrigger.node.js';
import { DefaultEngine } from '../../test/nodes/n8n/engines';
import { Installation } from '../../test/nodes/n8n/installation';
import { Network, type SentRequest } from '../../test/nodes/n8n/network';
import { ACCESS_KEY } from '../../test/simulators/activity-feed/keys';
import { type RunningServer, startActivityFeed } from '../../test/simulators/activity-feed/server';
import type { GitHub } from '../../test/simulators/github/github';
import { startBuiltAction } from '../action-run';
import { CURL_SCRIPT } from '../readers';
import type { Strategy, World } from './scenario';

/** The strategies that are whole programs, and the n8n trigger. */

const ORIGIN = 'https://api.anthropic.com';
/** The delay that the API's guide recommends: after it, everything in the window can be queried. */
const CURL_LAG = 60_000;

/** The built Action, with a workspace that outlives runs. */
export function action(github: GitHub) {
	return async ({ feed, since, scale }: World): Promise<Strategy> => {
		const server = await startActivityFeed(feed);
		const workspace = mkdtempSync(path.join(tmpdir(), 'bench-scenario-'));
		return {
			name: 'Action, checkpoint at the end of a run',
			run: async (death) => {
				const { exitCode, log } = await startBuiltAction(github, server.url, {
					workspace,
					signal: death,
					inputs: {
						'backfill-start': new Date(since).toISOString(),
						'max-activities': String(scale.cap),
						artifact: 'false',
						checkpoint: 'file',
					},
				});
				if (exitCode !== 0 && !death.aborted) throw new Error(`The Action failed:\n${log}`);
			},
			stored: () => idsIn(path.join(workspace, 'compliance-activities')),
			close: () => closeAll(server, workspace),
		};
	};
}

/** The trigger on n8n's default engine. */
export function trigger({ feed, clock, since, scale }: World): Strategy {
	const network = new MortalNetwork();
	network.serve(ORIGIN, feed, () => clock.now());
	let processes = 0;
	const installation = new Installation(
		{
			type: new AnthropicComplianceTrigger(),
			credential: new AnthropicComplianceApi(),
			credentialData: { apiKey: ACCESS_KEY, baseUrl: ORIGIN },
			parameters: {
				backfillStartTime: 'date',
				backfillStartDate: new Date(since).toISOString(),
				maxActivities: scale.cap,
			},
			workflowId: '',
		},
		network,
	);
	const engine = new DefaultEngine(installation);
	let next = () => {
		// The nodes remember things by workflow. A new workflow acts as a new process, which remembers nothing.
		installation.setup.workflowId = `scenario-${++processes}`;
		return processes === 1 ? engine.publish() : engine.restart();
	};
	const start = next;
	return {
		name: 'n8n trigger',
		run: async (death) => {
			network.death = death;
			const died = once(death, 'abort');
			await Promise.race([next(), died]);
			next = death.aborted ? start : () => engine.poll();
		},
		stored: () =>
			engine.executions.flatMap(({ items = [] }) => items.map(({ id }) => id as string)),
	};
}

/** The loop of curl and jq. */
export async function curlAndJq({ feed, clock, since }: World): Promise<Strategy> {
	const server = await startActivityFeed(feed);
	const directory = mkdtempSync(path.join(tmpdir(), 'bench-scenario-'));
	return {
		name: 'curl and jq',
		run: async (death) => {
			const until = new Date(clock.now() - CURL_LAG).toISOString();
			const child = spawn(
				CURL_SCRIPT,
				[server.url, directory, new Date(since).toISOString(), until],
				{
					env: { ...process.env, ANTHROPIC_COMPLIANCE_ACCESS_KEY: ACCESS_KEY },
					stdio: 'inherit',
					// Its own process group, which can be killed as a whole.
					detached: true,
				},
			);
			const kill = () => void process.kill(-child.pid!, 'SIGKILL');
			death.addEventListener('abort', kill, { once: true });
			const [exitCode] = (await once(child, 'close')) as [number | null];
			death.removeEventListener('abort', kill);
			if (exitCode !== 0 && !death.aborted) throw new Error('The loop of curl and jq failed.');
		},
		stored: () => idsIn(directory),
		close: () => closeAll(server, directory),
	};
}

/** A dead process gets no answer. */
class MortalNetwork extends Network {
	death: AbortSignal | undefined;

	override async request(request: SentRequest, timeout: number) {
		const answer = super.request(request, timeout);
		if (!this.death?.aborted) return await answer;
		answer.catch(() => undefined);
		return await new Promise<never>(() => undefined);
	}
}

async function closeAll(server: RunningServer, directory: string): Promise<void> {
	await server.close();
	rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** The ids of all activities in the NDJSON files below a directory, in any order. */
function idsIn(directory: string): string[] {
	if (!existsSync(directory)) return [];
	return readdirSync(directory, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ndjson'))
		.flatMap((name) => readFileSync(path.join(directory, name), 'utf8').split('\n').slice(0, -1))
		.map((line) => (JSON.parse(line) as { id: string }).id);
}
