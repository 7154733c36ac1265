import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Manifest } from '../../archive/manifest';
import { verifyArchive } from '../../archive/verify/verify';
import { Bench, MINUTE } from '../core/harness';
import { filesOf, onDisk } from './verify/archivist';
import { archiveFeed } from './archive-feed';
import { MemoryRepository } from './memory-branch';
import { expectWhole, idOf } from './whole-archive';

/** An archive that an earlier version wrote, and its feed. */
interface Sample {
	readonly now: number;
	readonly rows: readonly { readonly json: string; readonly visibleAt: number }[];
	readonly files: Readonly<Record<string, string>>;
}

/** The checkpoints in them have these versions, too. */
const samples = [1, 2].map((version): [number, Sample] => [
	version,
	JSON.parse(readFileSync(`test/archive/archive-v${version}.json`, 'utf8')) as Sample,
]);

let sample: Sample;
let bench: Bench;
let repository: MemoryRepository;

function begin(): void {
	// Another seed, so that new ids differ from those of the sample.
	bench = new Bench({ seed: 2 });
	bench.clock.advance(sample.now - bench.clock.now());
	repository = new MemoryRepository();
	const files = Object.entries(sample.files);
	repository.replace(new Map(files.map(([path, text]) => [`audit/${path}`, Buffer.from(text)])));
}

function fill(change: (json: string) => string = (json) => json): void {
	for (const { json, visibleAt } of sample.rows) bench.simulated.add(change(json), { visibleAt });
}

const changed = (json: string) => json.replace('{', '{"new":1,');

const verify = async () => (await verifyArchive(onDisk(filesOf(repository)))).findings;

describe.each(samples)('an archive of version %d', (_, written) => {
	beforeEach(() => {
		sample = written;
		begin();
	});

	it('verifies unchanged', async () => {
		expect(await verify()).toEqual([]);
	});

	it('is still checked for its form and its hashes', async () => {
		const file = 'audit/.checkpoint.json';
		const text = repository.files.get(file)?.toString() ?? '';
		const withText = (changed: string) =>
			repository.replace(new Map(repository.files).set(file, Buffer.from(changed)));
		withText(`${text}\n`);
		expect(await verify()).toMatchObject([
			{ problem: expect.stringContaining('its formatting differs') },
		]);
		withText(text.replace(/("frontier": "2026-03-01T11:5)\d/, '$16'));
		expect(await verify()).toMatchObject([{ problem: expect.stringMatching(/the checkpoint/i) }]);
	});

	it('continues in the present version, and verifies', async () => {
		fill();
		for (let run = 0; run < 3; run++) {
			bench.happened(0);
			bench.happened(4 * MINUTE);
			await archiveFeed(bench, repository.branch());
			expect(await verify()).toEqual([]);
			bench.clock.advance(2 * MINUTE);
		}
		const { lines, manifests } = expectWhole(repository.files);
		expect(manifests).toHaveLength(5);
		const last = JSON.parse(sample.files['manifests/00000/00000002.json'] ?? '') as Manifest;
		expect(manifests[2]?.checkpoint.before).toBe(last.checkpoint.after);
		expect(manifests[2]?.coverage.from).toBe(last.coverage.to);
		const shown = bench.simulated.rows().filter(({ visibleAt }) => visibleAt < bench.clock.now());
		// The own request of the last run is not archived yet.
		const missing = shown.filter(({ json }) => !lines.includes(json));
		expect(missing.map(({ type }) => type)).toEqual(['compliance_api_accessed']);
		expect(repository.files.get('audit/.checkpoint.json')?.toString()).toMatch(
			/^\{\n\t"version": 2,\n\t"checkpoint": \{\n\t\t"version": 4/,
		);
	});

	it.each([0, 1])(
		'notices that the feed shows other content than before, even %d commits later',
		async (later) => {
			const text = sample.rows.at(-3)?.json ?? '';
			fill((json) => (json === text && later === 0 ? changed(json) : json));
			bench.happened(0);
			await archiveFeed(bench, repository.branch());
			if (later > 0) {
				bench = new Bench({ seed: 3 });
				bench.clock.advance(sample.now - bench.clock.now());
				fill((json) => (json === text ? changed(json) : json));
				bench.happened(0);
				await archiveFeed(bench, repository.branch());
			}
			const { manifests } = expectWhole(repository.files);
			expect(manifests.at(-1)?.changed).toEqual([idOf(text)]);
		},
	);
});
