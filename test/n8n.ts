import { once } from 'node:events';
import { OWNER } from './n8n/editor';
import { N8n } from './n8n/n8n';
import { CREDENTIAL_TYPE } from './n8n/workflow';
import { ActivityFeed } from './simulators/activity-feed/activity-feed';
import { systemClock } from './simulators/activity-feed/clock';
import { ACCESS_KEY } from './simulators/activity-feed/keys';
import { startActivityFeed } from './simulators/activity-feed/server';

const PORT = 5678;
const DAY = 24 * 60 * 60_000;
const BETWEEN_ACTIVITIES_MS = 20_000;

/** A real n8n with the nodes, and a simulated company whose people are at work, until Ctrl+C. */
async function main(): Promise<void> {
	const say = (line: string) => process.stdout.write(`${line}\n`);
	const feed = new ActivityFeed({ clock: systemClock });
	feed.generate({ count: 2000, from: Date.now() - 90 * DAY, to: Date.now() });
	const server = await startActivityFeed(feed);
	const n8n = await N8n.start({ port: PORT, say });
	const work = setInterval(
		() => feed.generate({ count: 1, from: Date.now() - 1, to: Date.now() }),
		BETWEEN_ACTIVITIES_MS,
	);
	try {
		const credential = { apiKey: ACCESS_KEY, baseUrl: server.url };
		// The name that the example workflows know it by.
		await n8n.editor.createCredential(CREDENTIAL_TYPE, credential, 'Anthropic Compliance account');
		say(`n8n: ${n8n.url} (log in as ${OWNER.email} with the password ${OWNER.password})`);
		say(`Its credential opens a simulated feed at ${server.url} with the key ${ACCESS_KEY},`);
		say(
			`with something new every ${BETWEEN_ACTIVITIES_MS / 1000} seconds. n8n's log: ${n8n.logFile}`,
		);
		say('Ctrl+C ends it all.');
		await once(process, 'SIGINT');
	} finally {
		clearInterval(work);
		await n8n.close();
		await server.close();
	}
}

void main();
