import { beforeEach, describe, expect, test } from '@jest/globals';
import { verifyArchive } from '../../archive/verify/verify';
import { Unreadable } from '../../core';
import { Bench, DAY, MINUTE, PRESENT, SECOND } from '../core/harness';
import { oddRecords } from '../action/odd-records';
import { filesOf, onDisk } from './verify/archivist';
import { archiveFeed, forgetful } from './archive-feed';
import { MemoryRepository } from './memory-branch';
import { expectWhole } from './whole-archive';

const AGO = 3 * MINUTE;
const odd = oddRecords(new Date(PRESENT - AGO).toISOString());

let bench: Bench;
let repository: MemoryRepository;

beforeEach(() => {
	bench = new Bench({ recordReads: false });
	repository = new MemoryRepository();
});

/** Adds an unreadable record that happened `ago` milliseconds ago. */
function appeared(json: string, ago = AGO): void {
	const now = bench.clock.now();
	bench.simulated.add(json, { at: Math.floor((now - ago) * 1000), visibleAt: now });
}

async function archive(pageSize = 5000): Promise<void> {
	expect(await archiveFeed(bench, repository.branch(), { pageSize })).toBe(true);
}

const verify = async () => verifyArchive(onDisk(filesOf(repository)));

const readable = () => bench.simulated.rows().flatMap((row) => (row.readable ? row.json : []));

describe('a record that cannot be read as an activity', () => {
	test.each(Object.entries(odd))(
		'with %s: is archived once, in a separate file, and so are the activities around it',
		async (_, json) => {
			for (const ago of [10 * MINUTE, AGO, AGO, MINUTE]) bench.happened(ago);
			appeared(json);
			for (let run = 0; run < 4; run++) {
				await archive(2);
				bench.clock.advance(MINUTE);
				bench.happened(0);
			}
			await archive();
			const { lines, unreadable, parts } = expectWhole(repository.files);
			expect([...lines].sort()).toEqual(readable().sort());
			expect(unreadable).toEqual([json]);
			expect(parts).toContain('unreadable.ndjson');
			expect(await verify()).toMatchObject({ findings: [], unreadable: 1, dayFiles: 1 });
		},
	);

	test('causes a commit by itself, and no second one', async () => {
		bench.happened(MINUTE);
		await archive();
		appeared(odd['no id'] ?? '');
		await archive();
		await archive();
		const { manifests } = expectWhole(repository.files);
		expect(manifests.map(({ activities }) => activities.count)).toEqual([1, 0]);
		expect(manifests[1]?.files).toMatchObject([{ path: 'unreadable.ndjson', line: 1, lines: 1 }]);
		expect(await verify()).toMatchObject({ findings: [] });
	});

	test('is archived once, even if it stays the last of the feed', async () => {
		bench.simulated.add(odd['no id'] ?? '', { at: Date.UTC(9999) * 1000, visibleAt: PRESENT });
		bench.happened(MINUTE);
		for (let run = 0; run < 4; run++) {
			expect(await archiveFeed(bench, repository.branch(), { pageSize: 10 }, 10)).toBe(true);
			bench.clock.advance(2 * DAY);
			for (let count = 30; count > 0; count--) bench.happened(count * MINUTE);
		}
		expect(await verify()).toMatchObject({ findings: [], unreadable: 1 });
	});

	test('is not archived twice, even if the checkpoint has forgotten it', async () => {
		bench.happened(MINUTE);
		appeared(odd['no id'] ?? '');
		await archive();
		bench.happened(0);
		await archiveFeed(forgetful(bench), repository.branch());
		expect(expectWhole(repository.files).unreadable).toHaveLength(1);
	});

	test('goes to another part after 8 MiB', async () => {
		const padding = 'x'.repeat(3 * 1024 * 1024);
		for (let number = 0; number < 4; number++) {
			appeared(`{"id":${number},"padding":"${padding}"}`);
			await archive();
		}
		const { parts, unreadable } = expectWhole(repository.files);
		expect(parts).toEqual(['unreadable.ndjson', 'unreadable.2.ndjson']);
		expect(unreadable).toHaveLength(4);
		expect(await verify()).toMatchObject({ findings: [], activities: 0, unreadable: 4 });
	});

	test.each([
		['9999-01-01T00:00:00Z', 9],
		['9999-12-31T23:59:59.999999Z', 3],
		['+010000-01-01T00:00:00Z', 1],
	])(
		'dated %s: the feed always shows it last, and it is archived once',
		async (created_at, daysBetween) => {
			bench.happened(MINUTE);
			const json = `{"id":"activity_late","created_at":"${created_at}"}`;
			const at = Date.UTC(9999, 11, 31) * 1000;
			bench.simulated.add(json, { at, visibleAt: bench.clock.now() });
			for (let run = 0; run < 6; run++) {
				await archive();
				await archive();
				bench.clock.advance(daysBetween * DAY - MINUTE);
				bench.happened(0);
			}
			await archive();
			const { lines, unreadable, manifests } = expectWhole(repository.files);
			expect(unreadable).toEqual([json]);
			expect([...lines].sort()).toEqual(readable().sort());
			const { to = '' } = manifests.at(-1)?.coverage ?? {};
			expect(bench.clock.now() - Date.parse(to)).toBeGreaterThan(0);
			expect(await verify()).toMatchObject({ findings: [], unreadable: 1 });
		},
	);

	test('counts towards the size of a commit', async () => {
		for (let number = 0; number < 6; number++) appeared(`{"id":${number}}`, number * SECOND);
		await archiveFeed(bench, repository.branch(), { pageSize: 2 }, 2);
		expect(expectWhole(repository.files).manifests).toHaveLength(3);
	});
});

describe('verify finds', () => {
	/** The findings of verify after a change of the file of such records. */
	async function problemsAfter(change: (text: string) => string | undefined): Promise<string[]> {
		bench.happened(MINUTE);
		for (const json of Object.values(odd)) appeared(json);
		await archive();
		const files = new Map(filesOf(repository));
		const changed = change(files.get('unreadable.ndjson')?.toString() ?? '');
		if (changed === undefined) files.delete('unreadable.ndjson');
		else files.set('unreadable.ndjson', Buffer.from(changed));
		const { findings } = await verifyArchive(onDisk(files));
		return findings.map(({ path, line, problem }) => `${path}:${line} ${problem}`);
	}

	test('a changed line', async () => {
		const [problem, ...others] = await problemsAfter((text) => text.replace('1.0', '1'));
		expect(problem).toMatch(/^unreadable\.ndjson:1 Lines 1 to 12 are not what manifest 1 added/);
		expect(others).toEqual([]);
	});

	test('a repeated line', async () => {
		const problems = await problemsAfter((text) => `${text}"text"\n`);
		expect(problems).toEqual([
			expect.stringContaining('unreadable.ndjson:13 No manifest names this line'),
			expect.stringMatching(/unreadable\.ndjson:13 The record is also at unreadable\.ndjson:\d/),
		]);
	});

	test('a missing file', async () => {
		const problems = await problemsAfter(() => undefined);
		expect(problems).toEqual([expect.stringContaining('The file is missing: manifest 1')]);
	});
});

test('the id of such a record is a hash of its text', () => {
	expect(new Unreadable('"text"', undefined).id).toMatch(/^unreadable_[0-9a-f]{64}$/);
});
