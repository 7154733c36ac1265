import { once } from 'node:events';
import { OWNER } from './n8n/editor';
import { N8n } from './n8n/n8n';
import { CREDENTIAL_TYPE } from './n8n/workflow';
import { ACCESS_KEY } from './simulators/activity-feed/keys';
import { PACE, startCompanyAtWork } from './simulators/company-at-work';

const PORT = 5678;

/** A real n8n with the nodes, and a simulated company whose people are at work, until Ctrl+C. */
async function main(): Promise<void> {
	const say = (line: string) => process.stdout.write(`${line}\n`);
	const company = await startCompanyAtWork();
	const n8n = await N8n.start({ port: PORT, say });
	try {
		const credential = { apiKey: ACCESS_KEY, baseUrl: company.url };
		// The name that the example workflows know it by.
		await n8n.editor.createCredential(CREDENTIAL_TYPE, credential, 'Anthropic Compliance account');
		say(`n8n: ${n8n.url} (log in as ${OWNER.email} with the password ${OWNER.password})`);
		say(`Its credential opens a simulated feed at ${company.url} with the key ${ACCESS_KEY},`);
		say(`with ${PACE}. n8n's log: ${n8n.logFile}`);
		say('Ctrl+C ends it all.');
		await once(process, 'SIGINT');
	} finally {
		await n8n.close();
		await company.close();
	}
}

void main();
