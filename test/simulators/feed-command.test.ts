import { spawn } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { ACCESS_KEY } from './activity-feed/keys';

/** Runs the feed as its npm script does. */
function feed(...args: string[]): Promise<{ code: number | null; out: string; error: string }> {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, ['--import', 'tsx', 'test/feed.ts', ...args]);
		let out = '';
		let error = '';
		child.stdout.on('data', (text: Buffer) => (out += text.toString()));
		child.stderr.on('data', (text: Buffer) => (error += text.toString()));
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, out, error }));
	});
}

describe('npm run feed', () => {
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
