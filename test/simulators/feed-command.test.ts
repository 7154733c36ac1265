import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { ACCESS_KEY } from './activity-feed/keys';
import { anotherDate } from './another-date';

/** The arguments with which the npm script starts Node. */
const COMMAND = ['--import', 'tsx', 'test/feed.ts'];

/** Runs the feed, which ends by itself with these arguments. */
function feed(...args: string[]) {
	const { status, stdout, stderr } = spawnSync(process.execPath, [...COMMAND, ...args], {
		encoding: 'utf8',
	});
	return { code: status, out: stdout, error: stderr };
}

describe('npm run feed', () => {
	test('is where it says, opens with its key, and ends with Ctrl+C', async () => {
		const child = spawn(process.execPath, COMMAND, {
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

	test.each(['--help', '-h'])('explains itself with %s, and serves nothing', (option) => {
		const { code, out, error } = feed(option);
		expect({ code, error }).toEqual({ code: 0, error: '' });
		expect(out).toMatch(/^npm run feed\n/);
		expect(out).not.toContain(ACCESS_KEY);
	});

	test.each(['--port=1', 'help'])('explains itself instead of ignoring %s', (argument) => {
		const { code, out, error } = feed(argument);
		expect({ code, out }).toEqual({ code: 2, out: '' });
		expect(error).toContain(argument.split('=')[0]);
		expect(error).toContain('\n\nnpm run feed\n');
	});
});
