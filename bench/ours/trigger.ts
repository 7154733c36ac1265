import { AnthropicComplianceApi } from '../../credentials/AnthropicComplianceApi.credentials';
import { AnthropicComplianceTrigger } from '../../nodes/AnthropicCompliance/AnthropicComplianceTrigger.node.js';
import type { HttpResponse } from '../../test/simulators/activity-feed/http';
import { DefaultEngine } from '../../test/nodes/n8n/engines';
import { Installation } from '../../test/nodes/n8n/installation';
import { Network, type SentRequest } from '../../test/nodes/n8n/network';
import { fetchRaw } from '../keep-alive';
import { readTask, printOutcome } from '../task';

/**
 * The n8n trigger in the tests' fake of n8n, on plain node:http. It polls until a poll finds nothing new.
 * The measurement does not include n8n's own work, such as running the workflow.
 */

/** n8n's HTTP helper for the simulated API. */
class KeepAliveNetwork extends Network {
	override async request({ url, headers }: SentRequest): Promise<HttpResponse> {
		this.sent.push({ url, headers });
		const answer = await fetchRaw(url, headers);
		return {
			status: answer.status,
			headers: Object.fromEntries(
				Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
			),
			body: Buffer.concat(answer.body),
		};
	}
}

const { baseUrl, accessKey } = readTask();
const network = new KeepAliveNetwork();
const engine = new DefaultEngine(
	new Installation(
		{
			type: new AnthropicComplianceTrigger(),
			credential: new AnthropicComplianceApi(),
			credentialData: { apiKey: accessKey, baseUrl },
			// The defaults: start 90 days back, at most 5,000 activities per poll.
			parameters: {},
			workflowId: 'bench',
		},
		network,
	),
);

let delivered = 0;
await engine.publish();
while (take() > 0) await engine.poll();
printOutcome({ delivered });

/** Takes the items of the last poll out of the engine, because it would keep all items. */
function take(): number {
	let count = 0;
	for (const { items = [], error } of engine.executions.splice(0)) {
		if (error) throw error;
		count += items.length;
	}
	delivered += count;
	return count;
}
