import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { verifyArchive } from '../../../archive/verify/verify';
import { oddRecords } from '../odd-records';
import { filesOf, onDisk } from '../../archive/verify/archivist';
import { ArchiveScene } from '../archive-scene';
import {
	DAY,
	filesIn,
	linesOf,
	MINUTE,
	PRESENT,
	type Run,
	type Scene,
	Theatre,
	pagesOf,
} from '../harness';

const theatre = Theatre.open();

const AT = PRESENT - DAY - 1;
const odd = Object.values(oddRecords(new Date(AT).toISOString()));
/** The lines of `unreadable.ndjson`, in any order. */
const oddLines = (files: ReadonlyMap<string, string> | undefined) =>
	(files?.get('unreadable.ndjson') ?? '').split('\n').sort();
const oddFile = [...odd, ''].sort();

/** Adds unreadable records among others. */
function addOdd(scene: Scene, records: readonly string[] = odd): void {
	for (const json of records) scene.feed.add(json, { at: AT * 1000, visibleAt: scene.clock.now() });
}

/** The only annotation of a run that delivered unreadable records. */
function warningOf({ exitCode, annotations }: Run): string {
	expect({ exitCode, annotations }).toMatchObject({ exitCode: 0, annotations: [{}] });
	expect(annotations[0]?.level).toBe('warning');
	return annotations[0]?.message ?? '';
}

describe('records that cannot be read as activities', () => {
	it('are delivered once, byte for byte, in a file of their own, and so is all around them', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.populate(50);
		addOdd(scene);
		const first = await scene.run(pagesOf(7));
		expect(warningOf(first)).toMatch(
			/^12 records of the feed do not match the API's documentation .* in unreadable\.ndjson\. Look into/,
		);
		expect(first.delivered).toEqual(scene.shown);
		expect(oddLines(first.artifact)).toEqual(oddFile);
		expect(first.outputs).toMatchObject({ count: '50', unreadable: '12', 'has-new': 'true' });
		expect(first.summary).toContain('| Unreadable records | 12, in `unreadable.ndjson` |');
		const written = filesIn(first.outputs.directory ?? '');
		expect(written.get('unreadable.ndjson')).toBe(first.artifact?.get('unreadable.ndjson'));

		for (let run = 0; run < 3; run++) {
			scene.clock.advance(MINUTE);
			const news = scene.happened(0);
			const next = await scene.succeed();
			expect(next.delivered).toEqual([news.json]);
			expect(next.outputs.unreadable).toBe('0');
			expect(next.artifact?.has('unreadable.ndjson')).toBe(false);
			expect(next.summary).not.toContain('Unreadable');
		}
	});

	it('are news by themselves', async () => {
		const scene = await theatre.scene({ recordReads: false });
		addOdd(scene, odd.slice(0, 1));
		const run = await scene.run();
		expect(warningOf(run)).toMatch(
			/^1 record of the feed does not match the API's documentation .* it has .* It is/,
		);
		expect(run.outputs).toMatchObject({ count: '0', unreadable: '1', 'has-new': 'true' });
		expect([...(run.artifact?.keys() ?? [])].sort()).toEqual([
			'.checkpoint.json',
			'unreadable.ndjson',
		]);
		expect((await scene.succeed()).outputs['has-new']).toBe('false');
	});

	it('stand once in files that outlive runs, also behind one that was killed', async () => {
		const scene = await theatre.scene({ recordReads: false });
		const workspace = theatre.workspace();
		const directory = path.join(workspace, 'compliance-activities');
		const inputs = { checkpoint: 'file' };
		scene.populate(20);
		addOdd(scene);
		const killWhen = (line: string) => line === '::group::Upload the artifact';
		expect((await scene.run(inputs, { workspace, killWhen })).exitCode).toBeNull();
		expect(oddLines(filesIn(directory))).toEqual(oddFile);
		const next = await scene.run(inputs, { workspace });
		expect(oddLines(next.artifact)).toEqual(oddFile);
		expect(oddLines(filesIn(directory))).toEqual(oddFile);
		expect(linesOf(filesIn(directory))).toEqual(scene.shown);
	});

	it('are archived with their own entry in the manifest, and verify', async () => {
		const archive = await ArchiveScene.open(theatre);
		archive.scene.populate(30);
		addOdd(archive.scene);
		const first = await archive.run();
		expect(warningOf(first)).toContain('12 records of the feed');
		expect(first.log).toContain('Committed 30 new activities and 12 unreadable records');
		expect(first.summary).toMatch(/\| Commit \| .*; 30 activities added, \d days touched \|/);
		await archive.succeed();
		archive.scene.happened(0);
		await archive.succeed();
		const { unreadable, manifests } = await archive.expectWhole();
		expect([...unreadable].sort()).toEqual([...odd].sort());
		expect(manifests.map(({ activities }) => activities.count)).toEqual([30, 1]);
		expect(manifests[0]?.files.at(-1)).toMatchObject({
			path: 'unreadable.ndjson',
			line: 1,
			lines: 12,
		});
		const verification = await verifyArchive(onDisk(filesOf({ files: await archive.files() })));
		expect(verification).toMatchObject({ findings: [], activities: 31, unreadable: 12 });
	});
});
