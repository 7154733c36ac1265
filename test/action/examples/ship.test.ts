import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HOSTILE_STRINGS } from '../../simulators/activity-feed/hostile-strings';
import type { HttpsDestination } from '../../simulators/destinations/https-destination';
import { DAY, MINUTE, PRESENT, Theatre } from '../harness';
import { runInProcess } from '../in-process';
import { oddRecords } from '../odd-records';
import {
	arrivedAt,
	formOf,
	openShipping,
	SHIPPING,
	type ShippingFile,
	type ShippingScene,
} from './shipping-scene';

const theatre = Theatre.open(runInProcess);
const opened: ShippingScene[] = [];

afterEach(async () => {
	await Promise.all(opened.splice(0).map(({ destination }) => destination.close()));
});

async function open<File extends ShippingFile>(file: File) {
	const shipping = await openShipping(theatre, file);
	opened.push(shipping);
	return shipping;
}

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

/** The name of a day's file in the format that an example ships. */
const dayFile = (file: ShippingFile, day: string) =>
	`${day.replaceAll('-', '/')}${SHIPPING[file].format === 'raw' ? '' : '.ecs'}.ndjson`;

/** Activities of a day, which are lines of every format, with padding of the given number of characters. */
function activitiesOf(day: string, count: number, padding: number, name = 'a'): string[] {
	const created_at = `${day}T10:00:00Z`;
	return Array.from({ length: count }, (_, index) => {
		const id = `activity_${name}${index}`;
		return JSON.stringify({ id, event: { id }, created_at, x: 'ß'.repeat(padding) });
	});
}

/** A directory with a few activities. */
const fewFiles = (file: ShippingFile) =>
	newFiles({ [dayFile(file, '2025-03-18')]: activitiesOf('2025-03-18', 3, 1) });

const FILES = Object.keys(SHIPPING) as ShippingFile[];
const BY_HTTPS = FILES.filter((file) => file !== 'ship-to-s3.yml');

describe.each(FILES)('%s', (file) => {
	it('ships everything once the destination is back after two runs, in order', async () => {
		const shipping = await open(file);
		const { scene, destination } = shipping;
		scene.populate(30);
		for (const outage of ['hang-up', 403] as const) {
			destination.down = outage;
			expect((await shipping.run()).succeeded).toBe(false);
			expect(new Set(destination.held).size).toBeLessThan(scene.shown.length);
			scene.feed.generate({ count: 20, from: scene.clock.now() + 1, to: scene.clock.now() + DAY });
			scene.clock.advance(DAY);
		}

		const before = destination.held.length;
		destination.down = undefined;
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		const expected = scene.shown.map((json) => formOf(file, json));
		expect(expected).toHaveLength(70);
		expect(arrivedAt(file, destination).slice(before)).toEqual(expected);

		expect(await shipping.run()).toEqual({ succeeded: true, script: undefined });
	});

	it('changes nothing: hostile text, large numbers, long lines', async () => {
		const shipping = await open(file);
		const { scene, destination } = shipping;
		for (const name of [...HOSTILE_STRINGS, 'ü\u2028"\\'.repeat(30_000)]) {
			scene.happened(MINUTE, { claude_project_name: name, [name]: name });
		}
		const time = new Date(PRESENT - MINUTE).toISOString();
		scene.feed.add(
			`{"id":"activity_number","created_at":"${time}","n":12345678901234567890.10,"e":1E400,"s":"\\u0041\\/\\ud83d","t":"\\\\ud83d\\u0041"}`,
		);
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		const expected = scene.shown.map((json) => formOf(file, json));
		expect(arrivedAt(file, destination)).toEqual(expected);
	});

	it('ships records that cannot be read as activities, and no byte of a line changes', async () => {
		const shipping = await open(file);
		const records = Object.values(oddRecords('2025-03-18T11:00:00Z'));
		records.push('null', '{}', '[1,"\\"\\\\&"]', '""', '-1.50');
		const activities = [
			...activitiesOf('2025-03-18', 3, 1),
			'{"event":{"id":"b"},"created_at":"2025-03-18T10:00:00Z","id":"b","n":1.0,"s":"\\u0041\\/\\ud83d&"}',
		];
		const directory = newFiles({
			'unreadable.ndjson': records,
			[dayFile(file, '2025-03-18')]: activities,
		});
		expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		expect(shipping.destination.held).toEqual([...activities, ...records]);

		const alone = await open(file);
		const unreadable = newFiles({ 'unreadable.ndjson': ['null'] });
		expect(await alone.ship(unreadable)).toMatchObject({ exitCode: 0, log: '' });
		expect(alone.destination.held).toEqual(['null']);
	});

	it.each([
		[
			'is empty',
			() => newFiles({ 'other.txt': [] }),
			/^::error::The directory in NEW_FILES has no /m,
		],
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
		// As `find` ends after it could not enter a directory: with everything else, and an error.
		const { exitCode, log } = await shipping.ship(fewFiles(file), { failing: 'find' });
		expect(exitCode).toBe(1);
		expect(log).toBe('');
		expect(shipping.destination.held).toEqual([]);
	});

	it('sends batches of a limited size, and never cuts a line', async () => {
		const shipping = await open(file);
		const files = {
			[dayFile(file, '2025-03-17')]: activitiesOf('2025-03-17', 100, 50),
			[dayFile(file, '2025-03-18')]: [
				...activitiesOf('2025-03-18', 10, 200, 'b'),
				...activitiesOf('2025-03-18', 1, 400_000, 'c'),
				...activitiesOf('2025-03-18', 10, 200, 'd'),
			],
		};
		const { exitCode, log } = await shipping.ship(newFiles(files), {
			env: { BATCH_BYTES: '12000' },
		});
		expect({ exitCode, log }).toEqual({ exitCode: 0, log: '' });
		expect(shipping.destination.held).toEqual(Object.values(files).flat());
		const sizes = batchesOf(shipping).map(({ body }) => body.length);
		expect(sizes.length).toBeGreaterThan(4);
		// What belongs to the destination's API adds to the size of the lines.
		expect(sizes.filter((size) => size > 17_000)).toEqual([expect.any(Number)]);
	});

	it('fails when the destination breaks down between two batches', async () => {
		const shipping = await open(file);
		const { destination } = shipping;
		const lines = activitiesOf('2025-03-18', 40, 100);
		const directory = newFiles({ [dayFile(file, '2025-03-18')]: lines });
		const env = { BATCH_BYTES: '4000' };
		const before = file === 'ship-to-sentinel.yml' ? [undefined, undefined] : [];
		destination.next.push(...before, undefined, 503);
		const { exitCode, log } = await shipping.ship(directory, { env });
		expect(exitCode).not.toBe(0);
		expect(log.trim()).toBe('curl: (22) The requested URL returned error: 503');
		expect(destination.held.length).toBeGreaterThan(0);
		expect(destination.held.length).toBeLessThan(lines.length);
		expect(batchesOf(shipping)).toHaveLength(2);

		expect((await shipping.ship(directory, { env: { BATCH_BYTES: '20000' } })).exitCode).toBe(0);
		expect([...new Set(destination.held)].sort()).toEqual([...lines].sort());
	});

	it('tries again when the destination is busy for a moment', async () => {
		const shipping = await open(file);
		shipping.destination.next.push(429);
		const { exitCode } = await shipping.ship(fewFiles(file), { retries: true });
		expect(exitCode).toBe(0);
		expect(shipping.destination.held).toHaveLength(3);
	});

	it('takes no redirection for a success', async () => {
		const shipping = await open(file);
		shipping.destination.down = 302;
		const { exitCode, log } = await shipping.ship(fewFiles(file));
		expect(exitCode).not.toBe(0);
		expect(log).toMatch(/^(curl: \(22\)|::error::).*\n$/);
		expect(shipping.destination.held).toEqual([]);
	});

	it('sends nothing without TLS', async () => {
		const shipping = await open(file);
		const names = ['HEC_URL', 'COLLECTOR_URL', 'ELASTICSEARCH_URL', 'DATADOG_INTAKE_URL'];
		names.push('INGESTION_URL');
		const plain = Object.fromEntries(names.map((name) => [name, 'http://127.0.0.1:9']));
		const { exitCode, log } = await shipping.ship(fewFiles(file), { env: plain });
		expect(exitCode).not.toBe(0);
		expect(log).toMatch(/^curl: \(1\) Protocol "http" not supported/);
		expect(shipping.destination.held).toEqual([]);
	});
});

/** The requests with activities. */
function batchesOf({ destination }: { destination: Pick<HttpsDestination, 'requests'> }) {
	return destination.requests.filter(
		({ method, url }) => method === 'POST' && !url.pathname.endsWith('/oauth2/v2.0/token'),
	);
}

describe.each(
	FILES.filter((file) => file !== 'ship-to-s3.yml' && file !== 'ship-to-collector.yml'),
)('%s', (file) => {
	it('ships its own format only, and fails when there are only others', async () => {
		const shipping = await open(file);
		const lines = activitiesOf('2025-03-18', 2, 1);
		const endings = ['.ndjson', '.flat.ndjson', '.ocsf.ndjson', '.ecs.ndjson'];
		const others = endings
			.map((ending) => `2025/03/18${ending}`)
			.filter((name) => name !== dayFile(file, '2025-03-18'));
		const other = Object.fromEntries(others.map((name) => [name, ['{"other":"format"}']]));
		const directory = newFiles({ ...other, [dayFile(file, '2025-03-18')]: lines });
		expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		expect(shipping.destination.held).toEqual(lines);

		const { exitCode, log } = await shipping.ship(
			newFiles({ ...other, 'unreadable.ndjson': ['null'] }),
		);
		expect(exitCode).toBe(1);
		const { format } = SHIPPING[file];
		expect(log).toBe(
			`::error::The directory in NEW_FILES has no activities in the format ${format}.\n`,
		);
		expect(shipping.destination.held).toEqual(lines);
	});
});

describe('ship-to-s3.yml', () => {
	it('overwrites nothing: each attempt of each run has keys of its own', async () => {
		const shipping = await open('ship-to-s3.yml');
		const names = ['2025/03/18.ndjson', '2025/03/18.ocsf.ndjson', 'unreadable.ndjson'];
		const directory = newFiles(Object.fromEntries(names.map((name) => [name, ['{}']])));
		for (const attempt of [1, 2, 1]) await shipping.ship(directory, { attempt });
		const keys = ['7001-1', '7001-2', '7002-1'].flatMap((attempt) =>
			names.map((name) => `anthropic-compliance/${attempt}/${name}`),
		);
		expect([...shipping.destination.objects.keys()]).toEqual(keys);
	});
});

describe.each(['ship-to-splunk.yml', 'ship-to-elasticsearch.yml'] as const)('%s', (file) => {
	it.each([
		['a page to sign in', '<html>Sign in</html>'],
		['nothing', ''],
		['an error', { text: 'Server is busy', code: 9, error: { type: 'unavailable' } }],
	])('fails when the address answers 200 with %s', async (_, body) => {
		const shipping = await open(file);
		shipping.destination.impostor = { status: 200, body };
		const { exitCode, log } = await shipping.ship(fewFiles(file));
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
			'{"id":"other","event":{"id":"activity_\\u0041\\"\\\\"}}',
			'{"event":{"id":"activity_\\ud83d\\u0041"}}',
			'{"event":{"id":"activity_\\ud83e\\u0041"}}',
		];
		const directory = newFiles({
			'2025/03/18.ecs.ndjson': lines,
			'unreadable.ndjson': ['null', '{}'],
		});
		for (let run = 0; run < 2; run++) {
			expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		}
		const index = 'logs-anthropic.audit-compliance';
		const hash = expect.stringMatching(/^logs-anthropic\.audit-compliance\/[0-9a-f]{64}$/);
		expect([...shipping.destination.documents]).toEqual([
			[`${index}/activity_A"\\`, lines[0]],
			[`${index}/activity_\\ud83dA`, lines[1]],
			[`${index}/activity_\\ud83eA`, lines[2]],
			[hash, '{"unreadable":"null"}'],
			[hash, '{"unreadable":"{}"}'],
		]);
	});

	it('stores everything else when some are refused, and fails until they are stored', async () => {
		const shipping = await open('ship-to-elasticsearch.yml');
		const { destination, scene } = shipping;
		scene.populate(30, 1);
		const all = scene.shown.map((json) => (JSON.parse(json) as { id: string }).id);
		const idIn = (text: string) => (JSON.parse(text) as { event: { id: string } }).event.id;
		destination.refuses = (text) => {
			const at = all.indexOf(idIn(text));
			return at % 10 !== 0 ? undefined : at === 0 ? 429 : 400;
		};
		for (let run = 0; run < 2; run++) {
			const { succeeded, script } = await shipping.run({ env: { BATCH_BYTES: '12000' } });
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
		expect(destination.held.map(idIn).sort()).toEqual([...all].sort());
	});
});

describe('ship-to-datadog.yml', () => {
	it('gives old activities another source, because Datadog drops what the pipeline dates back too far', async () => {
		const shipping = await open('ship-to-datadog.yml');
		const HOUR = 60 * MINUTE;
		const ago = (time: number) => new Date(Date.now() - time).toISOString();
		// The script asks the machine for the time. Hours lie between these and its limit.
		const times = [ago(HOUR), ago(10 * HOUR), ago(24 * HOUR), '2016-12-31T23:59:60Z'];
		const lines = times.map((created_at) => JSON.stringify({ created_at, id: 'a' }));
		const directory = newFiles({ '2025/03/18.ndjson': lines, 'unreadable.ndjson': ['{"id":1}'] });
		expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		const recent = 'claude-compliance-logs';
		const old = 'claude-compliance-old-logs';
		expect(shipping.destination.logs).toEqual([
			...[recent, recent, old, old].map((ddsource, at) => ({ ddsource, message: lines[at] })),
			{ ddsource: old, ddtags: 'unreadable:true', message: '{"id":1}' },
		]);
	});

	it('sends at most 1,000 logs in a request', async () => {
		const shipping = await open('ship-to-datadog.yml');
		const lines = activitiesOf('2025-03-18', 2001, 1);
		const directory = newFiles({ '2025/03/18.ndjson': lines });
		expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		expect(shipping.destination.held).toEqual(lines);
		expect(shipping.destination.requests).toHaveLength(3);
	});

	it('takes only 202 for a success', async () => {
		const shipping = await open('ship-to-datadog.yml');
		shipping.destination.impostor = { status: 200, body: { errors: ['no'] } };
		const { exitCode, log } = await shipping.ship(fewFiles('ship-to-datadog.yml'));
		expect(exitCode).toBe(1);
		expect(log).toBe('::error::Datadog did not take a batch. It answered with status 200.\n');
	});
});

describe('ship-to-sentinel.yml', () => {
	it('gives each row its time and its id', async () => {
		const shipping = await open('ship-to-sentinel.yml');
		const lines = [
			'{"id":"activity_\\u0041","created_at":"2025-03-18T10:00:00.123456Z","id_":[1]}',
			'{"id":"activity_b","created_at":"2016-12-31T23:59:60Z"}',
		];
		const directory = newFiles({ '2025/03/18.ndjson': lines, 'unreadable.ndjson': ['{"id":1}'] });
		expect(await shipping.ship(directory)).toMatchObject({ exitCode: 0, log: '' });
		expect(shipping.destination.rows).toEqual([
			{
				TimeGenerated: '2025-03-18T10:00:00.123456Z',
				ActivityId: 'activity_A',
				Activity: JSON.parse(lines[0]!),
			},
			{
				TimeGenerated: '2016-12-31T23:59:59Z',
				ActivityId: 'activity_b',
				Activity: JSON.parse(lines[1]!),
			},
			{
				TimeGenerated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
				Unreadable: '{"id":1}',
			},
		]);
	});

	it.each([
		['GitHub does not vouch', [401], /^curl: \(22\) .* 401\n$/],
		['Entra refuses the job', [undefined, 400], /^curl: \(22\) .* 400\n$/],
		['GitHub answers without a token', [200], /^::error::GitHub answers without a token\.\n$/],
		['Entra does', [undefined, 200], /^::error::ENTRA_URL answers without a token\.\n$/],
		[
			'Azure answers 200',
			[undefined, undefined, 200],
			/^::error::Azure did not .* status 200\.\n$/,
		],
	])('fails when %s', async (_, answers, message) => {
		const shipping = await open('ship-to-sentinel.yml');
		shipping.destination.next.push(...answers);
		const { exitCode, log } = await shipping.ship(fewFiles('ship-to-sentinel.yml'));
		expect(exitCode).not.toBe(0);
		expect(log).toMatch(message);
		expect(shipping.destination.held).toEqual([]);
	});

	it('sends a row that is too large without the activity, so that it holds up no other', async () => {
		const shipping = await open('ship-to-sentinel.yml');
		const [first = '', large = '', last = ''] = [
			...activitiesOf('2025-03-18', 1, 1, 'a'),
			...activitiesOf('2025-03-18', 1, 600_000, 'b'),
			...activitiesOf('2025-03-18', 1, 1, 'c'),
		];
		const directory = newFiles({ '2025/03/18.ndjson': [first, large, last] });
		const { exitCode, log } = await shipping.ship(directory);
		expect({ exitCode, log }).toEqual({
			exitCode: 0,
			log: '::warning::1 rows are too large for Azure. They have no Activity.\n',
		});
		const ids = ['activity_a0', 'activity_b0', 'activity_c0'];
		const { rows } = shipping.destination;
		expect(rows.map(({ ActivityId }) => ActivityId)).toEqual(ids);
		expect(rows.map(({ Activity }) => Activity)).toEqual([
			JSON.parse(first),
			undefined,
			JSON.parse(last),
		]);
	});
});
