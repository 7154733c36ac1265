import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HOSTILE_STRINGS } from '../../simulators/activity-feed/hostile-strings';
import type { Outage } from '../../simulators/destinations/destination';
import { passed } from '../checkpoint-scene';
import { DAY, MINUTE, PRESENT, Theatre } from '../harness';
import { runInProcess } from '../in-process';
import { oddRecords } from '../odd-records';
import { DESTINATIONS, openShipping, type ShippingScene } from './shipping-scene';

const theatre = Theatre.open(runInProcess);
const opened: ShippingScene[] = [];

afterEach(async () => {
	await Promise.all(opened.splice(0).map(({ destination }) => destination.close()));
});

async function open<File extends keyof typeof DESTINATIONS>(file: File) {
	const shipping = await openShipping(theatre, file);
	opened.push(shipping);
	return shipping;
}

/** What the destination holds, each line once. */
const distinct = ({ destination }: ShippingScene) => [...new Set(destination.held)].sort();
/** What the feed shows. */
const everything = ({ scene }: ShippingScene) => [...scene.shown].sort();

/** A directory of new files, with blanks in its path. */
function newFiles(files: Record<string, readonly string[]>): string {
	const directory = path.join(theatre.workspace(), 'new files');
	for (const [name, lines] of Object.entries(files)) {
		const file = path.join(directory, name);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
	}
	return directory;
}

/** Activities of a day, with padding of the given number of characters. */
function activitiesOf(day: string, count: number, padding: number, name = 'a'): string[] {
	const created_at = `${day}T10:00:00Z`;
	return Array.from({ length: count }, (_, index) =>
		JSON.stringify({ id: `activity_${name}${index}`, created_at, x: 'ß'.repeat(padding) }),
	);
}

const FILES = Object.keys(DESTINATIONS) as (keyof typeof DESTINATIONS)[];
const BY_HTTPS = [
	'ship-to-splunk.yml',
	'ship-to-collector.yml',
	'ship-to-elasticsearch.yml',
] as const;

describe.each(FILES)('%s', (file) => {
	it('ships each activity once, run after run', async () => {
		const shipping = await open(file);
		shipping.scene.populate(100);
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		passed(shipping.scene);
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		expect(shipping.destination.held).toEqual(shipping.scene.shown);

		expect(await shipping.run()).toEqual({ succeeded: true, script: undefined });
	});

	it.each<[Outage, Outage]>([
		['hang-up', 503],
		[401, 302],
	])('ships everything once the destination is back after two runs: %s, %s', async (...outages) => {
		const shipping = await open(file);
		const { scene, destination } = shipping;
		scene.populate(30);
		expect((await shipping.run()).succeeded).toBe(true);

		for (const outage of outages) {
			destination.down = outage;
			scene.feed.generate({ count: 20, from: scene.clock.now() + 1, to: scene.clock.now() + DAY });
			scene.clock.advance(DAY);
			expect((await shipping.run()).succeeded).toBe(false);
			expect(distinct(shipping)).not.toEqual(everything(shipping));
		}

		destination.down = undefined;
		passed(scene);
		expect((await shipping.run()).succeeded).toBe(true);
		expect(distinct(shipping)).toEqual(everything(shipping));
	});

	it('changes no byte: hostile text, large numbers, long lines', async () => {
		const shipping = await open(file);
		const { scene, destination } = shipping;
		for (const name of [...HOSTILE_STRINGS, 'ü\u2028"\\'.repeat(60_000)]) {
			scene.happened(MINUTE, { claude_project_name: name, [name]: name });
		}
		const time = new Date(PRESENT - MINUTE).toISOString();
		scene.feed.add(
			`{"id":"activity_number","created_at":"${time}","n":12345678901234567890.10,"e":1E400,"s":"\\u0041\\/\\ud83d","t":"\\\\ud83d\\u0041"}`,
		);
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		expect(destination.held).toEqual(scene.shown);
	});

	it('ships records that cannot be read as activities', async () => {
		const shipping = await open(file);
		const records = Object.values(oddRecords('2025-03-18T11:00:00Z'));
		records.push('null', '{}', '[1,"\\"\\\\&"]', '""', '-1.50');
		shipping.scene.happened(MINUTE);
		const activities = shipping.scene.shown;
		const directory = newFiles({ 'unreadable.ndjson': records, '2025/03/18.ndjson': activities });
		expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		expect(shipping.destination.held).toEqual([...activities, ...records]);
	});

	it.each([
		['is empty', () => newFiles({ 'other.txt': [] }), /^::error::.*no \.ndjson file\.$/m],
		[
			'does not exist',
			() => path.join(theatre.workspace(), 'none'),
			/: No such file or directory$/m,
		],
		['has no name', () => '', /NEW_FILES/],
	])('fails when the directory of new files %s', async (_, directory, message) => {
		const shipping = await open(file);
		const { exitCode, log } = await shipping.ship(directory());
		expect(exitCode).not.toBe(0);
		expect(log).toMatch(message);
	});
});

describe.each(BY_HTTPS)('%s', (file) => {
	it('ships nothing, and fails, when it cannot read all of the directory', async () => {
		const shipping = await open(file);
		const directory = newFiles({ '2025/03/18.ndjson': activitiesOf('2025-03-18', 3, 1) });
		// As `find` ends after it could not enter a directory: with everything else, and an error.
		const { exitCode, log } = await shipping.ship(directory, { failing: 'find' });
		expect(exitCode).toBe(1);
		expect(log).toBe('');
		expect(shipping.destination.held).toEqual([]);
	});

	it('sends batches of a limited size, and never cuts a line', async () => {
		const shipping = await open(file);
		const { destination } = shipping;
		const files = {
			'2025/03/17.ndjson': activitiesOf('2025-03-17', 100, 50),
			'2025/03/18.ndjson': [
				...activitiesOf('2025-03-18', 10, 200, 'b'),
				...activitiesOf('2025-03-18', 1, 800_000, 'c'),
				...activitiesOf('2025-03-18', 10, 200, 'd'),
			],
		};
		const { exitCode, log } = await shipping.ship(newFiles(files), {
			env: { BATCH_BYTES: '5000' },
		});
		expect({ exitCode, log }).toEqual({ exitCode: 0, log: '' });
		expect(destination.held).toEqual(Object.values(files).flat());
		const sizes = destination.requests.map(({ body }) => body.length);
		expect(sizes.length).toBeGreaterThan(5);
		// What belongs to the destination's API adds to the size of the lines.
		expect(sizes.filter((size) => size > 6500)).toEqual([expect.any(Number)]);
	});

	it('fails when the destination breaks down between two batches', async () => {
		const shipping = await open(file);
		const { destination } = shipping;
		const lines = activitiesOf('2025-03-18', 40, 100);
		const directory = newFiles({ '2025/03/18.ndjson': lines });
		destination.next.push(undefined, 503);
		const env = { BATCH_BYTES: '4000' };
		const { exitCode, log } = await shipping.ship(directory, { env });
		expect(exitCode).not.toBe(0);
		expect(log.trim()).toBe('curl: (22) The requested URL returned error: 503');
		expect(destination.held.length).toBeLessThan(lines.length);
		expect(destination.requests).toHaveLength(2);

		expect((await shipping.ship(directory, { env })).exitCode).toBe(0);
		expect(distinct(shipping)).toEqual([...lines].sort());
	});

	it('tries again when the destination is busy for a moment', async () => {
		const shipping = await open(file);
		const lines = activitiesOf('2025-03-18', 4, 10);
		shipping.destination.next.push(503);
		const directory = newFiles({ '2025/03/18.ndjson': lines });
		const { exitCode } = await shipping.ship(directory, { retries: true });
		expect(exitCode).toBe(0);
		expect(shipping.destination.held).toEqual(lines);
	});

	it('sends nothing without TLS', async () => {
		const shipping = await open(file);
		const directory = newFiles({ '2025/03/18.ndjson': activitiesOf('2025-03-18', 1, 1) });
		const plain = Object.fromEntries(
			['HEC_URL', 'COLLECTOR_URL', 'ELASTICSEARCH_URL'].map((name) => [name, 'http://127.0.0.1:9']),
		);
		const { exitCode, log } = await shipping.ship(directory, { env: plain });
		expect(exitCode).not.toBe(0);
		expect(log).toMatch(/^curl: \(1\) Protocol "http" not supported/);
	});
});

describe('ship-to-s3.yml', () => {
	it('overwrites nothing: each attempt of each run has keys of its own', async () => {
		const shipping = await open('ship-to-s3.yml');
		const directory = newFiles({
			'2025/03/18.ndjson': activitiesOf('2025-03-18', 3, 1),
			'unreadable.ndjson': ['null'],
		});
		for (const attempt of [1, 2, 1]) await shipping.ship(directory, { attempt });
		const keys = ['7001-1', '7001-2', '7002-1'].flatMap((attempt) =>
			['2025/03/18.ndjson', 'unreadable.ndjson'].map(
				(name) => `anthropic-compliance/${attempt}/${name}`,
			),
		);
		expect([...shipping.destination.objects.keys()]).toEqual(keys);
	});
});

describe.each(['ship-to-splunk.yml', 'ship-to-elasticsearch.yml'] as const)('%s', (file) => {
	it.each([
		['a page to sign in', '<html>Sign in</html>'],
		['nothing', ''],
		['other JSON', { status: 'ok' }],
		['a list', []],
	])('fails when the address answers 200 with %s', async (_, body) => {
		const shipping = await open(file);
		shipping.destination.impostor = { status: 200, body };
		const directory = newFiles({ '2025/03/18.ndjson': activitiesOf('2025-03-18', 3, 1) });
		const { exitCode, log } = await shipping.ship(directory);
		expect(exitCode).toBe(1);
		expect(log).toMatch(/^::error::\w+_URL answers, but not as .* does\.\n$/);
	});
});

describe('ship-to-splunk.yml', () => {
	it('gives each event its time and source type', async () => {
		const shipping = await open('ship-to-splunk.yml');
		const times = {
			'2025-03-18T10:00:00Z': 1742292000,
			'2025-03-18T10:00:00.123456Z': 1742292000.123,
			'2025-03-18t12:00:00.5+02:00': 1742292000.5,
			'2016-12-31T23:59:60Z': 1483228799,
		};
		const lines = Object.keys(times).map((created_at) => JSON.stringify({ created_at, id: 'a' }));
		const directory = newFiles({ '2025/03/18.ndjson': lines, 'unreadable.ndjson': ['{"id":1}'] });
		expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		const sourcetype = 'anthropic:compliance:activity';
		expect(shipping.destination.events).toEqual([
			...Object.values(times).map((time, at) => ({ time, sourcetype, raw: lines[at] })),
			{ time: undefined, sourcetype: 'anthropic:compliance:unreadable', raw: '"{\\"id\\":1}"' },
		]);
	});
});

describe('ship-to-elasticsearch.yml', () => {
	it('stores the activity once under its id, however often it comes', async () => {
		const shipping = await open('ship-to-elasticsearch.yml');
		const lines = [
			'{"a":{"id":"other"},"created_at":"2025-03-18T10:00:00Z","id":"activity_\\u0041\\"\\\\"}',
			'{"id":"activity_\\ud83d\\u0041","created_at":"2025-03-18T10:00:00Z"}',
			'{"id":"activity_\\ud83e\\u0041","created_at":"2025-03-18T10:00:00Z"}',
		];
		const directory = newFiles({
			'2025/03/18.ndjson': lines,
			'unreadable.ndjson': ['null', '{}'],
		});
		for (let run = 0; run < 2; run++) {
			expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		}
		expect([...shipping.destination.documents]).toEqual([
			['anthropic-compliance/activity_A"\\', lines[0]],
			['anthropic-compliance/activity_\\ud83dA', lines[1]],
			['anthropic-compliance/activity_\\ud83eA', lines[2]],
			[expect.stringMatching(/^anthropic-compliance\/[0-9a-f]{64}$/), '{"unreadable":"null"}'],
			[expect.stringMatching(/^anthropic-compliance\/[0-9a-f]{64}$/), '{"unreadable":"{}"}'],
		]);
	});

	it('stores everything else when some are refused, and fails until they are stored', async () => {
		const shipping = await open('ship-to-elasticsearch.yml');
		const { destination, scene } = shipping;
		scene.populate(30, 1);
		const refused = scene.shown.filter((_, index) => index % 10 === 0);
		destination.refuses = (text) => {
			const at = refused.indexOf(text);
			return at < 0 ? undefined : at === 0 ? 429 : 400;
		};
		for (let run = 0; run < 2; run++) {
			const { succeeded, script } = await shipping.run({ env: { BATCH_BYTES: '2000' } });
			expect(succeeded).toBe(false);
			expect(script?.log).toBe(
				[
					'::error::Elasticsearch refused 2 documents with status 400.\n',
					'::error::Elasticsearch refused 1 documents with status 429.\n',
				].join(''),
			);
			expect(destination.held).toHaveLength(27);
		}
		destination.refuses = () => undefined;
		expect((await shipping.run()).succeeded).toBe(true);
		expect(destination.held).toHaveLength(30);
		expect(distinct(shipping)).toEqual(everything(shipping));
	});
});
