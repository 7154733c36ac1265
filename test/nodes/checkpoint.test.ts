import { describe, expect, test } from '@jest/globals';
import type { IDataObject } from 'n8n-workflow';
import { MINUTE, SECOND, TriggerBench } from './harness';

const freshNode = 'a trigger node under a new name has a fresh checkpoint';

describe.each(['default', 'durable'] as const)('on the %s engine', (engine) => {
	test.each<[string, (checkpoint: IDataObject) => unknown, string]>([
		['no object', () => 'gone', 'it is no JSON object'],
		['null', () => null, 'it is no JSON object'],
		['of a newer release', (kept) => ({ ...kept, version: 2 }), 'format version 2'],
		['of an unknown version', (kept) => ({ ...kept, version: '1' }), 'version is unknown'],
		[
			'without its frontier',
			(kept) => ({ ...kept, frontier: undefined }),
			'its frontier is no date-time',
		],
		['with other bytes in it', (kept) => ({ ...kept, seen: '!' }), 'no list of fingerprints'],
		[
			'ahead of the clock',
			(kept) => ({ ...kept, frontier: '2027-01-01T00:00:00.000Z' }),
			"the API's clock says",
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
		expect(error.failure).toEqual({ cause: 'configuration-invalid' });
		expect(bench.engine.stored()).toEqual(damaged);
		expect(bench.items).toHaveLength(1);
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
		expect(error.description).toContain('Set the base URL back');
		expect(error.description).toContain(freshNode);
		expect(bench.network.sent.filter(({ url }) => url.startsWith(gateway))).toEqual([]);
	});
});

test('a slash or space more makes no other base URL', async () => {
	const bench = new TriggerBench({ credentialData: { baseUrl: ' https://api.anthropic.com/ ' } });
	bench.happened(MINUTE);
	await bench.publish();
	bench.installation.setup.credentialData.baseUrl = '';
	await bench.restart();
	expect(await bench.poll()).toBeUndefined();
	expect(bench.logged('warn')).toEqual([]);
});
