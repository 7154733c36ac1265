import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { Theatre } from '../harness';

const theatre = Theatre.open();

describe('a refusal by the API', () => {
	it('whatever the answer says, it stays one line and no command', async () => {
		const scene = await theatre.scene();
		const message = `\n::error::forged\r\n::set-output name=count::7\u2028\u202e\u200b${ACCESS_KEY} ${'x'.repeat(5000)}`;
		scene.feed.fail({ status: 400, body: JSON.stringify({ error: { message } }) }, { times: 2 });
		const run = await scene.run();
		expect(run.exitCode).toBe(1);
		expect(run.outputs).toEqual({});
		const [error] = run.annotations;
		expect(run.annotations).toHaveLength(1);
		expect(error?.message).toMatch(/^The API does not accept the request \(400\)\./);
		expect(error?.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
		expect(error?.message.length).toBeLessThan(800);
	});
});

describe('a redirect', () => {
	it('to another origin is refused, and the key does not go there', async () => {
		const scene = await theatre.scene();
		const seen: string[] = [];
		const other = createServer((request, response) => {
			seen.push(JSON.stringify(request.headers));
			response.end('{}');
		}).listen(0, '127.0.0.1');
		await once(other, 'listening');
		try {
			const { port } = other.address() as AddressInfo;
			for (const target of [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`]) {
				scene.feed.fail({ redirect: target });
				expect(await scene.fail()).toMatch(/^The API address redirects to another origin/);
			}
		} finally {
			other.close();
		}
		expect(seen).toEqual([]);
	});
});
