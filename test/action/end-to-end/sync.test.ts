import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
	BACKFILL_START,
	DAY,
	filesIn,
	linesOf,
	MINUTE,
	PRESENT,
	profile,
	SECOND,
	Theatre,
} from '../harness';

const theatre = Theatre.open();

const OUTPUTS = Object.keys(
	(parse(readFileSync('action.yml', 'utf8')) as { outputs: Record<string, unknown> }).outputs,
).sort();
const NO_COMMIT = { 'commit-sha': '', 'commit-url': '', manifest: '' };

describe('run after run', () => {
	it('delivers everything first, then what is new, then nothing', async () => {
		const scene = await theatre.scene();
		const { feed, clock } = scene;
		scene.populate(400);
		const created_at = '2025-03-18T11:59:59.500Z';
		feed.add({ type: 'claude_chat_created', created_at });

		const first = await scene.succeed();
		expect(scene.asked.map(Object.fromEntries)).toEqual([
			{ order: 'asc', limit: '5000', 'created_at.gte': `${BACKFILL_START}T00:00:00.000Z` },
		]);
		const afterFirst = scene.shown;
		expect(first.delivered).toEqual(afterFirst);
		expect([...(first.artifact?.keys() ?? [])].sort()).toEqual([
			'.checkpoint.json',
			'2025/03/15.ndjson',
			'2025/03/16.ndjson',
			'2025/03/17.ndjson',
			'2025/03/18.ndjson',
		]);
		for (const [name, text] of first.artifact ?? []) {
			for (const line of linesOf(new Map([[name, text]]))) {
				const { created_at: at } = JSON.parse(line) as { created_at: string };
				expect(`${at.slice(0, 10).replaceAll('-', '/')}.ndjson`).toBe(name);
			}
		}

		feed.add({ type: 'claude_chat_created', created_at, note: 'a tie' });
		const late = new Date(PRESENT - 4 * MINUTE).toISOString();
		feed.add({ type: 'claude_chat_created', created_at: late, note: 'a late arrival' });
		feed.generate({ count: 30, from: PRESENT, to: PRESENT + 2 * DAY });
		clock.advance(2 * DAY);
		const second = await scene.succeed();
		expect(scene.asked.at(-1)?.has('created_at.gte')).toBe(false);
		// The last whole second that is an overlap before the first request (which took a moment) and before
		// the newest activity at that time.
		const after = Date.parse(scene.asked.at(-1)?.get('created_at.gt') ?? '');
		const least = PRESENT - 5 * MINUTE - 2 * SECOND;
		expect(after).toBeLessThanOrEqual(least);
		const off = first.durationMs + (profile.nodeClocksApart ?? 0);
		expect(after).toBeGreaterThan(least - off);
		// The first run's own request is among the new ones.
		expect(second.delivered).toHaveLength(33);
		expect([...first.delivered, ...second.delivered].sort()).toEqual(scene.shown.sort());

		clock.advance(10 * MINUTE);
		const third = await scene.succeed({ 'include-own-requests': 'false' });
		expect(third.delivered).toEqual([]);
		expect(third.artifact).toBeUndefined();
		expect(third.outputs).toMatchObject({
			count: '0',
			'has-new': 'false',
			'checkpoint-saved': 'true',
		});
		expect(theatre.github.caches.entries).toHaveLength(3);
		const artifacts = theatre.github.artifacts.all.filter(({ runId }) => runId === third.runId);
		expect(artifacts).toEqual([]);
		expect(third.summary).toContain('**No new activities.**');
	});

	it('writes each activity byte for byte, without white space between its parts', async () => {
		const scene = await theatre.scene({ recordReads: false });
		const start = '"created_at":"2025-03-18T10:00:0';
		const type = '"type":"claude_chat_created"';
		const exact = [
			`{"id":"activity_number",${start}1Z",${type},"n":1.0,"e":1E+2,"big":12345678901234567890123,"z":-0}`,
			`{"id":"activity_escape",${start}2Z",${type},"s":"\\u0041\\/\\"\\\\ \\ud83d","é":"é\u2028"}`,
			`{"id":"activity_repeat",${start}3Z",${type},"a":1,"a":2,"__proto__":{"a":[]}}`,
			`{"id":"activity_inside",${start}4Z",${type},"s":" two  spaces , : [ ] { } ","last_id":"x"}`,
		];
		for (const row of exact) scene.feed.add(row);
		scene.feed.add(
			` {\n\t"id" : "activity_spaced" ,\r\n  ${start}5Z" , ${type}, "list" : [ 1.50 ,\t{ } , " " ] } `,
		);
		const { artifact } = await scene.succeed();
		expect(artifact?.get('2025/03/18.ndjson')).toBe(
			[...exact, `{"id":"activity_spaced",${start}5Z",${type},"list":[1.50,{}," "]}`, ''].join(
				'\n',
			),
		);
	});

	it('reads compressed answers', async () => {
		const scene = await theatre.scene({ gzip: true });
		scene.populate(50);
		const { delivered } = await scene.succeed();
		expect(delivered).toHaveLength(50);
		expect(scene.feed.requests[0]?.headers['accept-encoding']).toContain('gzip');
	});
});

describe('outputs', () => {
	it('all have the right value on every path that succeeds', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.happened(2 * DAY, { created_at: '2025-03-16T23:59:59.9999999Z' });
		scene.happened(DAY, { created_at: '2025-03-17T01:30:00+02:00' });
		const first = await scene.succeed();
		const [artifact] = theatre.github.artifacts.all;
		expect(Object.keys(first.outputs).sort()).toEqual(OUTPUTS);
		expect(first.outputs).toEqual({
			count: '2',
			unreadable: '0',
			alerts: '0',
			'alerts-file': '',
			'highest-severity': '',
			'has-new': 'true',
			directory: path.join(first.workspace, 'compliance-activities'),
			'new-files': path.join(first.workspace, 'compliance-activities'),
			'artifact-id': String(artifact?.id),
			'artifact-url': `https://github.com/acme/audit/actions/runs/${first.runId}/artifacts/${artifact?.id}`,
			'artifact-digest': expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
			'checkpoint-status': 'initial',
			'checkpoint-saved': 'at-job-end',
			...NO_COMMIT,
			'caught-up': 'true',
			oldest: '2025-03-16T23:30:00.000Z',
			newest: '2025-03-16T23:59:59.999Z',
		});
		expect(first.outputs['artifact-digest']).toBe(artifact?.digest);
		expect(artifact?.name).toBe('compliance-activities');
		expect(linesOf(filesIn(first.outputs.directory ?? ''))).toEqual(first.delivered);

		scene.clock.advance(MINUTE);
		const nothing = await scene.succeed();
		expect(nothing.outputs).toEqual({
			count: '0',
			unreadable: '0',
			alerts: '0',
			'alerts-file': '',
			'highest-severity': '',
			'has-new': 'false',
			directory: path.join(nothing.workspace, 'compliance-activities'),
			'new-files': '',
			'artifact-id': '',
			'artifact-url': '',
			'artifact-digest': '',
			'checkpoint-status': 'restored',
			'checkpoint-saved': 'true',
			...NO_COMMIT,
			'caught-up': 'true',
			oldest: '',
			newest: '',
		});

		scene.happened(0);
		scene.happened(0);
		const files = await scene.succeed({
			artifact: 'false',
			'max-activities': '1',
			'output-directory': 'deep/er',
		});
		expect(files.outputs).toEqual({
			...nothing.outputs,
			count: '1',
			'has-new': 'true',
			'checkpoint-saved': 'at-job-end',
			'new-files': path.join(files.workspace, 'deep', 'er'),
			directory: path.join(files.workspace, 'deep', 'er'),
			...NO_COMMIT,
			'caught-up': 'false',
			oldest: '2025-03-18T12:01:00.000Z',
			newest: '2025-03-18T12:01:00.000Z',
		});
		expect(linesOf(filesIn(files.outputs.directory ?? ''))).toHaveLength(1);
		expect(filesIn(files.outputs.directory ?? '').has('.checkpoint.json')).toBe(false);

		await scene.succeed();
		theatre.github.caches.evictAll();
		scene.happened(0);
		const fallback = await scene.succeed();
		expect(Object.keys(fallback.outputs).sort()).toEqual(OUTPUTS);
		expect(fallback.outputs).toMatchObject({ count: '1', 'checkpoint-status': 'fallback' });
	});
});

describe('limits', () => {
	const quiet = { 'include-own-requests': 'false' };

	it('time-limit stops behind a page, and the next run goes on', async () => {
		const scene = await theatre.scene();
		scene.populate(400);
		const all = scene.shown;
		// From the third request on, each takes longer than the whole run may. So at any speed of the
		// machine, the run delivers at most the two pages before and the one that comes too late.
		scene.feed.onRequest = (number) => {
			if (number === 2) scene.serving.latency = 2 * SECOND;
		};
		const first = await scene.succeed({ ...quiet, 'time-limit': '1s', 'page-size': '50' });
		expect(first.outputs['caught-up']).toBe('false');
		const count = Number(first.outputs.count);
		expect(count).toBeGreaterThan(0);
		expect(count).toBeLessThanOrEqual(150);
		scene.serving.latency = 0;
		const second = await scene.succeed(quiet);
		expect(second.outputs).toMatchObject({ count: String(400 - count), 'caught-up': 'true' });
		expect([...first.delivered, ...second.delivered]).toEqual(all);
	});
});
