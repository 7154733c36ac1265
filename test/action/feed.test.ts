import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { anotherDate } from '../simulators/another-date';

it('the feed to try things with is where it says, opens with its key, and ends with Ctrl+C', async () => {
	const child = spawn(process.execPath, ['--import', 'tsx', 'test/feed.ts'], {
		env: { ...anotherDate, PATH: process.env.PATH },
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = once(child, 'close');
	try {
		let said = '';
		child.stdout.setEncoding('utf8');
		for await (const chunk of child.stdout as AsyncIterable<string>) {
			said += chunk;
			if (said.includes('Ctrl+C')) break;
		}
		const valueOf = (name: string) =>
			new RegExp(`export ANTHROPIC_COMPLIANCE_${name}=(\\S+)`).exec(said)?.[1] ?? '';
		const response = await fetch(`${valueOf('BASE_URL')}/v1/compliance/activities?limit=5`, {
			headers: { 'x-api-key': valueOf('ACCESS_KEY') },
		});
		expect(response.status).toBe(200);
		expect(((await response.json()) as { data: unknown[] }).data).toHaveLength(5);
	} finally {
		child.kill('SIGINT');
	}
	expect(await ended).toEqual([0, null]);
});
