import { createServer, request as forward } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { HOSTILE_STRINGS } from '../../simulators/activity-feed/hostile-strings';
import { ACCESS_KEY } from '../../simulators/activity-feed/keys';
import { DAY, MINUTE, type Run, Theatre, pagesOf } from '../harness';

// The harness checks for every run of every test that it neither shows nor caches the key or the content
// of an activity. These tests run cases that are likely to.
const theatre = Theatre.open();

describe('the key', () => {
	it('is masked once, before anything else, and goes to the feed alone', async () => {
		const scene = await theatre.scene();
		scene.populate(50);
		const recorders = await Promise.all([
			startRecorder(theatre.github.resultsUrl),
			startRecorder(theatre.github.apiUrl),
		]);
		const [results, api] = recorders;
		const env = { ACTIONS_RESULTS_URL: `${results.url}/`, GITHUB_API_URL: api.url };
		const first = await scene.succeed({}, { env });
		theatre.github.caches.evictAll();
		scene.clock.advance(MINUTE);
		const second = await scene.succeed({}, { env });
		for (const { close } of recorders) close();

		expect(second.outputs['checkpoint-status']).toBe('fallback');
		for (const { seen } of recorders) {
			expect(seen.length).toBeGreaterThan(1);
			expect(seen.join('')).not.toContain(ACCESS_KEY);
		}
		expect(scene.feed.requests.map(({ headers }) => headers['x-api-key'])).toEqual([
			ACCESS_KEY,
			ACCESS_KEY,
		]);
		for (const run of [first, second]) {
			expect(run.steps.map(({ stage }) => stage)).toEqual(['main', 'post']);
			for (const step of run.steps) {
				expect(step.stdout.startsWith(`::add-mask::${ACCESS_KEY}\n`)).toBe(true);
				expect(ownMasks(step)).toEqual([ACCESS_KEY, theatre.github.token]);
			}
			for (const text of run.artifact?.values() ?? []) expect(text).not.toContain(ACCESS_KEY);
		}
	});

	it('is masked even when the inputs are no good', async () => {
		const scene = await theatre.scene();
		const secret = 'sk-ant-api03-not-for-this';
		const run = await scene.run({ 'compliance-access-key': secret });
		expect(run.masks[0]).toBe(secret);
		const told = `${run.stdout}${run.stderr}`.split('\n').filter((line) => line.includes(secret));
		expect(told).toEqual([`::add-mask::${secret}`]);
	});

	it('is sent nowhere while Node prints what is sent', async () => {
		const scene = await theatre.scene();
		const run = await scene.run({}, { env: { NODE_DEBUG: 'http,net' } });
		expect(run.exitCode).toBe(1);
		expect(run.annotations.at(-1)?.message).toContain('NODE_DEBUG is set');
		expect(scene.feed.requests).toEqual([]);
	});

	it('that ends up in another input is not shown either', async () => {
		const scene = await theatre.scene();
		const inputs = ['base-url', 'organization-ids', 'overlap', 'artifact', 'backfill-start'];
		for (const name of inputs) await scene.fail({ [name]: ACCESS_KEY });
		expect(scene.feed.requests).toEqual([]);
	});
});

describe('what activities hold', () => {
	it('never becomes a command, a path or a line of the log', async () => {
		const scene = await theatre.scene();
		for (const [index, text] of HOSTILE_STRINGS.entries()) {
			scene.happened(DAY + index, {
				id: `activity ${text} ${index}`,
				type: text,
				actor: { type: text, email_address: text, user_agent: text },
				request_id: text,
				[text]: text,
			});
		}
		const run = await scene.succeed({}, { env: { RUNNER_DEBUG: '1' } });
		expect(run.delivered).toEqual(scene.shown);
		for (const step of run.steps) {
			expect(ownMasks(step)).toEqual([ACCESS_KEY, theatre.github.token]);
		}
		expect([...(run.artifact?.keys() ?? [])].sort()).toEqual([
			'.checkpoint.json',
			'2025/03/17.ndjson',
		]);
		expect(run.log).not.toMatch(/forged|pwned|alert\(/);
		expect(run.outputs.count).toBe(String(HOSTILE_STRINGS.length));

		scene.happened(0, { id: HOSTILE_STRINGS[21] });
		scene.clock.advance(MINUTE);
		const next = await scene.succeed();
		expect(next.outputs.count).toBe('2');
	});

	it('is not shown when something goes wrong', async () => {
		const scene = await theatre.scene();
		scene.populate(100);
		const garbled = 'user@example.com\n::error::forged';
		for (const [exitCode, transform] of [
			[0, () => ({ data: [{ id: 'x', created_at: garbled }], has_more: false, last_id: null })],
			[0, () => ({ data: [garbled], has_more: false, last_id: null })],
			[1, () => ({ data: [], has_more: garbled, last_id: garbled })],
			[0, () => ({ data: [], has_more: false, last_id: [garbled] })],
		] as const) {
			scene.feed.fail({ transform }, { times: 1 + exitCode });
			const run = await scene.run({}, { env: { RUNNER_DEBUG: '1' } });
			expect(run.exitCode).toBe(exitCode);
			expect(`${run.log}${run.summary}`).not.toMatch(/example\.com|forged/);
		}
	});

	it('does not choose what the API is asked for next', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(40);
		const cursor = 'a&limit=1#?/../x y\u00e9+';
		scene.feed.fail({ transform: (page) => ({ ...page, last_id: cursor }) });
		scene.feed.fail({ transform: (page) => ({ ...page, data: [], has_more: false }) });
		await scene.run(pagesOf(20));
		const asked = scene.asked[1];
		expect(asked?.get('after_id')).toBe(cursor);
		expect(asked?.getAll('limit')).toEqual(['20']);
	});
});

/** The values that a run masked, without the signatures that the cache and artifact libraries mask. */
function ownMasks({ masks }: Pick<Run, 'masks'>): string[] {
	return masks.filter((mask) => !/^[\w+/%-]+(=|%3D)$/.test(mask));
}

/** A server that records requests and forwards them. */
async function startRecorder(target: string) {
	const seen: string[] = [];
	const server = createServer((request, response) => {
		const { method, headers, url = '' } = request;
		seen.push(`${method} ${url} ${JSON.stringify(headers)}`);
		request.on('data', (bytes: Buffer) => seen.push(bytes.toString()));
		const onward = forward(target + url, { method, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		request.pipe(onward);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		seen,
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}
