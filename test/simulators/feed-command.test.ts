import { spawn } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { ACCESS_KEY } from './activity-feed/keys';

/** Runs the feed as its npm script does, and ends it once it serves. */
function feed(...args: string[]): Promise<{ code: number | null; out: string; error: string }> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, ['--import', 'tsx', 'test/feed.ts', ...args]);
		let out = '';
		let error = '';
		child.stdout.on('data', (text: Buffer) => {
			out += text.toString();
			if (out.includes('Ctrl+C ends it.')) child.kill('SIGINT');
		});
		child.stderr.on('data', (text: Buffer) => (error += text.toString()));
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, out, error }));
	});
}

describe('npm run feed', () => {
	test('shows its address and key, and ends with Ctrl+C', async () => {
		const { code, out } = await feed();
		expect(code).toBe(0);
		expect(out).toMatch(/address {2}http:\/\/127\.0\.0\.1:\d+\n/);
		expect(out).toContain(ACCESS_KEY);
	});

	test.each(['--help', '-h'])('explains itself with %s, and serves nothing', async (option) => {
		const { code, out, error } = await feed(option);
		expect({ code, error }).toEqual({ code: 0, error: '' });
		expect(out).toMatch(/^npm run feed\n/);
		expect(out).not.toContain(ACCESS_KEY);
	});

	test.each(['--port=1', 'help'])('explains itself instead of ignoring %s', async (argument) => {
		const { code, out, error } = await feed(argument);
		expect({ code, out }).toEqual({ code: 2, out: '' });
		expect(error).toContain(argument.split('=')[0]);
		expect(error).toContain('\n\nnpm run feed\n');
	});
});
