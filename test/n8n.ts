import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { OWNER } from './n8n/editor';
import { N8n } from './n8n/n8n';
import { CREDENTIAL_TYPE, type Workflow } from './n8n/workflow';
import { ACCESS_KEY } from './simulators/activity-feed/keys';
import { PACE, startCompanyAtWork } from './simulators/company-at-work';

/** The name that the example workflows know it by. */
const CREDENTIAL_NAME = 'Anthropic Compliance account';
/** It shows most of the nodes; its first steps work without any other service. */
const EXAMPLE = 'docs/examples/alert-on-sensitive-activity.json';

/**
 * A real n8n with the nodes and an example workflow, and a simulated company whose people are at work, until
 * Ctrl+C. It takes a free port, so that an n8n of yours may run beside it.
 */
async function main(): Promise<void> {
	const say = (line: string) => process.stdout.write(`${line}\n`);
	const company = await startCompanyAtWork();
	const n8n = await N8n.start({ say });
	try {
		const credential = { apiKey: ACCESS_KEY, baseUrl: company.url };
		const id = await n8n.editor.createCredential(CREDENTIAL_TYPE, credential, CREDENTIAL_NAME);
		const example = await n8n.editor.createWorkflow(withCredential(id));
		say(`n8n: ${n8n.url} (log in as ${OWNER.email} with the password ${OWNER.password})`);
		say(`An example workflow: ${n8n.url}/workflow/${example}`);
		say(`Its credential opens a simulated feed at ${company.url} with the key ${ACCESS_KEY},`);
		say(`with ${PACE}. n8n's log: ${n8n.logFile}`);
		say('Ctrl+C ends it all.');
		await once(process, 'SIGINT');
	} finally {
		await n8n.close();
		await company.close();
	}
}

/** The example, ready to fetch a test event or to be published. */
function withCredential(id: string): Workflow {
	const workflow = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as Workflow;
	for (const { credentials } of workflow.nodes) {
		if (credentials?.[CREDENTIAL_TYPE]) {
			credentials[CREDENTIAL_TYPE] = { id, name: CREDENTIAL_NAME };
		}
	}
	return workflow;
}

void main();
