import { describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { CHECKPOINT_VERSION, toInstant } from '../../core';
import { decodeCheckpoint, encodeCheckpoint } from '../../core/sync/checkpoint';
import { HERE, OTHER_KEY, separate, THERE } from '../simulators/activity-feed/two-organizations';
import { BASE_URL, DAY, MINUTE, SECOND, TriggerBench } from './harness';

const freshNode = 'add a trigger node under a new name: it starts with an empty checkpoint';

describe.each(['default', 'durable'] as const)('on the %s engine', (engine) => {
	test.each<[string, (checkpoint: IDataObject) => unknown, string]>([
		['no object', () => 'gone', 'it is not a JSON object'],
		['null', () => null, 'it is not a JSON object'],
		[
			'of a newer release',
			(kept) => ({ ...kept, version: CHECKPOINT_VERSION + 1 }),
			`version ${CHECKPOINT_VERSION + 1}`,
		],
		['of an unknown version', (kept) => ({ ...kept, version: '1' }), 'version is unknown'],
		[
			'without its frontier',
			(kept) => ({ ...kept, frontier: undefined }),
			'checksum does not match',
		],
		['with other bytes in it', (kept) => ({ ...kept, seen: '!' }), 'checksum does not match'],
		[
			'of version 1, with other bytes in it',
			(kept) => ({ ...version1(kept), seen: '!' }),
			'not a list of fingerprints',
		],
	])('a checkpoint that is %s is refused, and kept', async (_, damage, complaint) => {
		const bench = new TriggerBench({ engine });
		bench.happened(MINUTE);
		await bench.publish();
		const damaged = { checkpoint: damage(bench.checkpoint) } as IDataObject;
		bench.engine.overwrite(damaged);
		bench.happened(SECOND);
		await bench.restart();
		const error = await bench.failure();
		expect(error.message).toContain(complaint);
		expect(error.description).toContain(freshNode);
		expect(error.failure).toEqual({ cause: 'temporarily-unavailable' });
		expect(bench.engine.stored()).toEqual(damaged);
		expect(bench.items).toHaveLength(1);
	});

	test('a clock that is a day ahead once stops nothing and loses nothing', async () => {
		const bench = new TriggerBench({ engine });
		bench.network.serve(BASE_URL, bench.feed, () => bench.now + DAY);
		const future = bench.happened(-DAY);
		await bench.publish();
		bench.network.serve(BASE_URL, bench.feed, () => bench.now);
		const late = bench.happened(MINUTE);
		expect(await bench.poll()).toBeUndefined();
		expect(bench.ids).toEqual([future, late]);
	});

	test('a checkpoint that is ahead of the clock is refused, and kept', async () => {
		const bench = new TriggerBench({ engine });
		bench.happened(MINUTE);
		await bench.publish();
		const position = decodeCheckpoint(bench.checkpoint);
		const frontier = toInstant(bench.now + DAY);
		const ahead = JSON.parse(JSON.stringify(encodeCheckpoint({ ...position, frontier })));
		const stored = { checkpoint: ahead as IDataObject, backfillStartDate: null };
		bench.engine.overwrite(stored);
		await bench.restart();
		const error = await bench.failure();
		expect(error.message).toContain("the API's clock says");
		expect(error.description).toContain(freshNode);
		expect(bench.engine.stored()).toEqual(stored);
	});

	test('a checkpoint of version 1 still works, without a repeat', async () => {
		const bench = new TriggerBench({ engine });
		const ids = bench.backlog(3, MINUTE);
		await bench.publish();
		bench.engine.overwrite({ checkpoint: version1(bench.checkpoint), backfillStartDate: null });
		await bench.restart();
		const late = bench.happened(3 * MINUTE);
		const recent = bench.happened(SECOND);
		await bench.poll();
		expect(bench.ids).toEqual([...ids, late, recent]);
		expect(bench.checkpoint).toMatchObject({ version: 4 });
	});

	test('a key of another organization stops the trigger until the user sets another date', async () => {
		const parameters = { backfillStartTime: 'date', backfillStartDate: '2026-02-28T00:00:00Z' };
		const bench = new TriggerBench({ engine, parameters });
		separate(bench.feed);
		const first = bench.happened(MINUTE, HERE);
		const other = bench.happened(60 * MINUTE, THERE);
		await bench.publish();
		bench.installation.setup.credentialData.apiKey = OTHER_KEY;
		const stored = bench.engine.stored();
		const error = await bench.failure();
		expect(error.message).toContain('The key belongs to another organization');
		expect(error.description).toContain('another Backfill Start Date');
		expect(bench.engine.stored()).toEqual(stored);
		await bench.change({ backfillStartDate: '2026-02-27T00:00:00Z' });
		await bench.poll();
		expect(bench.ids).toEqual([first, other]);
		expect(await bench.poll()).toBeUndefined();
	});

	test('another base URL needs a checkpoint of its own', async () => {
		const bench = new TriggerBench({ engine });
		bench.happened(MINUTE);
		await bench.publish();
		const gateway = 'https://gateway.example';
		bench.installation.setup.credentialData.baseUrl = gateway;
		bench.network.serve(gateway, bench.feed);
		await bench.restart();
		const error = await bench.failure();
		expect(error.message).toContain('made with another base URL');
		expect(error.description).toContain('Restore the base URL');
		expect(error.description).toContain(freshNode);
		expect(bench.network.sent.filter(({ url }) => url.startsWith(gateway))).toEqual([]);
	});
});

test('an extra slash or space does not make another base URL', async () => {
	const bench = new TriggerBench({ credentialData: { baseUrl: ' https://api.anthropic.com/ ' } });
	bench.happened(MINUTE);
	await bench.publish();
	bench.installation.setup.credentialData.baseUrl = '';
	await bench.restart();
	expect(await bench.poll()).toBeUndefined();
	expect(bench.logged('warn')).toEqual([]);
});

/** The same checkpoint in format version 1, which has milliseconds from the frontier. */
function version1(checkpoint: IDataObject): IDataObject {
	const { host, filters, backfillStart, start, frontier, readAt, seen } = checkpoint;
	const origin = Date.parse(frontier as string);
	const ids = Buffer.from(seen as string, 'base64');
	for (let at = 8; at < ids.length; at += 13) {
		ids.writeUIntBE(Math.max(ids.readUIntBE(at, 5) * 1000 - origin, 0), at, 5);
	}
	const fields = { host, filters, backfillStart, start, frontier, readAt };
	return { version: 1, ...fields, seen: ids.toString('base64'), ownRequests: '' };
}
