import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { compare } from '../demo/comparison';
import { ActivityFeed } from '../simulators/activity-feed/activity-feed';
import { SimulatedClock } from '../simulators/activity-feed/clock';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { startActivityFeed, type RunningServer } from '../simulators/activity-feed/server';
import { anotherDate } from '../simulators/another-date';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
/** The demo must show no content of an activity, and no key. */
const CONTENT = /sk-ant-|activity_01|user_0|@/;

let directory: string;
let temporary: string;

beforeEach(() => {
	directory = mkdtempSync(path.join(tmpdir(), 'demo-test-'));
	temporary = path.join(directory, 'temporary');
	mkdirSync(temporary);
});

afterEach(() => {
	rmSync(directory, { recursive: true });
});

interface Outcome {
	exitCode: number | null;
	output: string;
}

/** Runs the demo as its npm script does. */
function demo(
	args: string[],
	env: Record<string, string> = {},
	interruptAt?: string,
): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		const child = spawn(
			process.execPath,
			// Not the command tsx: on a busy machine, it kills its child before the child can clean up.
			['--import', 'tsx', 'test/demo.ts', ...args],
			{
				// Otherwise tsx would keep its cache among the temporary files.
				env: {
					...anotherDate,
					PATH: process.env.PATH,
					NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
					TMPDIR: temporary,
					TSX_DISABLE_CACHE: '1',
					...env,
				},
				stdio: ['ignore', 'pipe', 'pipe'],
			},
		);
		let output = '';
		let interrupted = false;
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (chunk: string) => {
				output += chunk;
				if (interrupted || interruptAt === undefined || !output.includes(interruptAt)) return;
				interrupted = true;
				child.kill('SIGINT');
			});
		}
		child.on('error', reject);
		child.on('close', (exitCode) => resolve({ exitCode, output }));
	});
}

function leftBehind(): string[] {
	return readdirSync(temporary);
}

describe('the demo', () => {
	it('runs the Action twice and finds exactly the feed in both artifacts', async () => {
		const { exitCode, output } = await demo([]);

		expect(output).toMatch(/Lines in the artifact of the first run +12,000\n/);
		expect(output).toMatch(/Lines in the artifact of the second run +200\n/);
		expect(output).toMatch(/Alerts about single sign-on .+ of 1 +1\n/);
		expect(output).toContain('PASS');
		expect(output).not.toContain('FAIL');
		expect(output).not.toMatch(CONTENT);
		expect(exitCode).toBe(0);
		expect(leftBehind()).toEqual([]);
	});

	it.each(['The simulators are up', 'First run, started'])(
		'leaves nothing behind when it is interrupted at "%s"',
		async (moment) => {
			const { exitCode, output } = await demo([], {}, moment);

			expect(output).toContain('Interrupted.');
			expect(exitCode).toBe(130);
			expect(leftBehind()).toEqual([]);
		},
	);

	it('explains itself when it is asked for something it does not know', async () => {
		const { exitCode, output } = await demo(['--reel']);

		expect(output).toContain("Unknown option '--reel'");
		expect(output).toContain('npm run demo -- --real');
		expect(exitCode).toBe(2);
	});
});

describe('the demo against an API', () => {
	let clock: SimulatedClock;
	let feed: ActivityFeed;
	let server: RunningServer;

	beforeEach(async () => {
		const now = Date.now();
		clock = new SimulatedClock(now);
		feed = new ActivityFeed({ clock, recordReads: false });
		feed.generate({ count: 30, from: now - 30 * DAY, to: now - 8 * DAY });
		feed.generate({ count: 300, from: now - 6 * DAY, to: now });
		server = await startActivityFeed(feed);
	});

	afterEach(() => server.close());

	const keep = () => path.join(directory, 'kept');
	const demoReal = (args: string[] = [], env: Record<string, string> = {}) =>
		demo(['--real', '--directory', keep(), ...args], {
			ANTHROPIC_COMPLIANCE_ACCESS_KEY: ACCESS_KEY,
			ANTHROPIC_COMPLIANCE_BASE_URL: server.url,
			...env,
		});
	const kept = () =>
		readdirSync(path.join(keep(), 'activities'), { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ndjson'))
			.sort()
			.flatMap((name) => readFileSync(path.join(keep(), 'activities', name), 'utf8').split('\n'))
			.filter((line) => line !== '');
	const sent = (from = 0) => feed.rows().slice(from);

	it('brings the last week, and the second time only what is new', async () => {
		const first = await demoReal();
		expect(first.output).toMatch(/count +300\n/);
		expect(first.output).toMatch(/checkpoint-status +initial\n/);
		expect(first.exitCode).toBe(0);
		expect(kept()).toEqual(sent(30).map(({ json }) => json));

		const newest = clock.now();
		clock.advance(HOUR);
		feed.generate({ count: 5, from: newest, to: newest + HOUR });
		const second = await demoReal();
		expect(second.output).toMatch(/count +5\n/);
		expect(second.output).toMatch(/checkpoint-status +restored\n/);
		expect(second.exitCode).toBe(0);
		expect(kept()).toEqual(sent(30).map(({ json }) => json));

		for (const { output } of [first, second]) {
			expect(output).not.toMatch(CONTENT);
			expect(output).not.toContain(ACCESS_KEY);
		}
		expect(leftBehind()).toEqual([]);
	});

	it('begins and stops at the given places', async () => {
		const backfillStart = new Date(clock.now() - 60 * DAY).toISOString();
		const options = ['--backfill-start', backfillStart, '--max-activities', '100'];
		expect((await demoReal(options)).output).toMatch(/caught-up +false\n/);
		expect((await demoReal(options)).output).toMatch(/count +100\n/);
		expect(kept()).toEqual(
			sent()
				.slice(0, 200)
				.map(({ json }) => json),
		);
	});

	it('takes formats and own watches, and keeps all alerts', async () => {
		const watches = path.join(directory, 'watches.yml');
		writeFileSync(
			watches,
			'watches: [{ id: own, title: Own, severity: low, why: Ours., types: [brand_new] }]',
		);
		const alerts = path.join(keep(), 'alerts.ndjson');
		const ids: string[] = [];
		for (const named of [path.relative('', watches), 'off', watches]) {
			ids.push(feed.add({ type: 'brand_new', created_at: new Date(clock.now()).toISOString() }).id);
			const { output, exitCode } = await demoReal(['--format', 'raw,ecs', '--watches', named]);
			expect(exitCode).toBe(0);
			expect(output.includes(alerts)).toBe(named !== 'off');
			clock.advance(HOUR);
		}
		expect(kept().filter((line) => line.includes('"ecs":{"version":'))).toHaveLength(303);
		const found = readFileSync(alerts, 'utf8').match(/"watch":"own".+?"activity_id":"[^"]+/g);
		expect(found?.map((each) => each.slice(each.lastIndexOf('"') + 1))).toEqual([ids[0], ids[2]]);
	});

	it('ends with the exit code of an Action that fails, and what it says', async () => {
		feed.revoke(ACCESS_KEY);
		const { exitCode, output } = await demoReal();

		expect(output).toContain('Error: ');
		expect(output).not.toContain(ACCESS_KEY);
		expect(exitCode).toBe(1);
		expect(leftBehind()).toEqual([]);
	});

	it('says what to do when there is no key', async () => {
		const { exitCode, output } = await demoReal([], { ANTHROPIC_COMPLIANCE_ACCESS_KEY: '' });

		expect(output).toContain('ANTHROPIC_COMPLIANCE_ACCESS_KEY is not set.');
		expect(output).toContain('npm run demo -- --real');
		expect(exitCode).toBe(2);
		expect(feed.requests).toEqual([]);
	});
});

describe('the comparison', () => {
	const sent = ['a', 'b', 'c'].map((id) => ({ id, json: `{"id":"${id}","name":"Zoë"}` }));
	const artifact = (...lines: string[]) =>
		new Map([
			['2026/03/01.ndjson', Buffer.from(lines.map((line) => `${line}\n`).join(''))],
			['.checkpoint.json', Buffer.from('{}')],
		]);
	const [a = '', b = '', c = ''] = sent.map(({ json }) => json);
	const difference = (...artifacts: Map<string, Buffer>[]) => compare(sent, artifacts);

	it('is content with each activity once', () => {
		expect(difference(artifact(a, c), artifact(b))).toEqual({
			delivered: [2, 1],
			inBoth: 0,
			missing: 0,
			repeated: 0,
			altered: 0,
			exact: true,
		});
	});

	it.each([
		['missing', [artifact(a), artifact(b)], { missing: 1 }],
		['in both', [artifact(a, b), artifact(b, c)], { inBoth: 1, repeated: 1 }],
		['repeated', [artifact(a, b, b), artifact(c)], { inBoth: 0, repeated: 1 }],
		['altered', [artifact(a, b), artifact(c.replace('ë', '\\u00eb'))], { altered: 1 }],
		['unknown', [artifact(a, b), artifact(c, '{"id":"d"}')], { altered: 1 }],
	])('notices an activity that is %s', (_, artifacts, expected) => {
		expect(difference(...artifacts)).toMatchObject({ ...expected, exact: false });
	});
});
