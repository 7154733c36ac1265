import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Archive } from '../../archive/archive';
import type { ArchiveBranch } from '../../archive/archive-branch';
import { verifyArchive } from '../../archive/verify/verify';
import { Fingerprints } from '../../core';
import { Bench, DAY, MINUTE, PRESENT, SECOND } from '../core/harness';
import { archiveFeed, forgetful, type Readable } from './archive-feed';
import { filesOf, onDisk } from './verify/archivist';
import { AnswerLost, MemoryRepository } from './memory-branch';
import { expectWhole } from './whole-archive';

const MOST = 5;

let bench: Bench;
let repository: MemoryRepository;

beforeEach(() => {
	bench = new Bench({ recordReads: false });
	repository = new MemoryRepository();
});

/** A branch where something happens before a commit, so many times. */
function disturbed(times: number, disturb: () => unknown): ArchiveBranch {
	const branch = repository.branch();
	return {
		...branch,
		commit: async (...args) => {
			if (times-- > 0) await disturb();
			return branch.commit(...args);
		},
	};
}

/** What another run archives. */
async function rival(): Promise<void> {
	bench.happened(0);
	await archiveFeed(bench, repository.branch());
}

function expectAll(): void {
	const { lines } = expectWhole(repository.files);
	expect([...lines].sort()).toEqual(
		bench.simulated
			.rows()
			.map(({ json }) => json)
			.sort(),
	);
}

describe('a branch that others push to', () => {
	it('keeps their commits, and gets the commit of the run on top', async () => {
		bench.happened(MINUTE);
		await archiveFeed(
			bench,
			disturbed(MOST - 1, () => repository.push()),
		);
		expectAll();
		expect(repository.files.has('push-1')).toBe(true);
	});

	it('is tried again after growing pauses, which differ from run to run', async () => {
		const pausesOfRun = async () => {
			const pauses: number[] = [];
			bench.happened(MINUTE);
			const branch = disturbed(MOST - 1, () => repository.push());
			await archiveFeed(bench, branch, {}, undefined, async (ms) => void pauses.push(ms));
			return pauses;
		};
		const [one, other] = [await pausesOfRun(), await pausesOfRun()];
		expect(one).toHaveLength(MOST - 1);
		for (const [n, ms] of [...one.entries(), ...other.entries()]) {
			expect(ms).toBeGreaterThanOrEqual(2 ** (n + 1) * 125);
			expect(ms).toBeLessThanOrEqual(2 ** (n + 1) * 375);
		}
		expect(one.filter((ms) => other.includes(ms))).toEqual([]);
	});

	it('ends the run after some tries, with a clear message', async () => {
		bench.happened(MINUTE);
		const branch = disturbed(MOST, () => repository.push());
		await expect(archiveFeed(bench, branch)).rejects.toThrow(
			/^The branch moved 5 times .*Nothing is lost/,
		);
		await archiveFeed(bench, repository.branch());
		expectAll();
	});
});

describe('an archive that other runs add to', () => {
	it('is continued from its new end', async () => {
		bench.happened(MINUTE);
		await archiveFeed(bench, disturbed(MOST - 1, rival));
		expectAll();
	});

	it('ends the run after some rounds, with a clear message', async () => {
		bench.happened(MINUTE);
		const branch = disturbed(MOST, async () => {
			await rival();
			bench.happened(0);
		});
		await expect(archiveFeed(bench, branch)).rejects.toThrow(
			/^Other runs added to the archive 5 times .*same concurrency group/,
		);
		await archiveFeed(bench, repository.branch());
		expectAll();
	});
});

it('an archive that somebody removes meanwhile is not started again in the same run', async () => {
	bench.happened(MINUTE);
	await archiveFeed(bench, repository.branch());
	bench.happened(0);
	const branch = disturbed(1, () => repository.remove());
	await expect(archiveFeed(bench, branch)).rejects.toThrow(
		/was removed while this run added to it/,
	);
	expect(repository.files.size).toBe(0);
});

describe('a commit', () => {
	it('that GitHub refuses fails with GitHub’s message, and not as a race', async () => {
		bench.happened(MINUTE);
		const branch = repository.branch(async (act, call) => {
			if (call === 'move') throw new AnswerLost();
			return act();
		});
		await expect(archiveFeed(bench, branch)).rejects.toThrow('GitHub did not take the commit');
		expect(repository.files.size).toBe(0);
	});

	it('that has worked needs no further call', async () => {
		bench.happened(MINUTE);
		let moved = false;
		const branch = repository.branch(async (act, call) => {
			if (moved) throw new AnswerLost();
			moved = call === 'move';
			return act();
		});
		expect(await archiveFeed(bench, branch)).toBe(true);
		expectAll();
	});

	it('whose answer is lost counts, and is not made twice', async () => {
		bench.happened(MINUTE);
		let lost = false;
		const branch = repository.branch(async (act, call) => {
			const result = act();
			if (call !== 'move' || lost) return result;
			lost = true;
			throw new AnswerLost();
		});
		expect(await archiveFeed(bench, branch)).toBe(true);
		expectAll();
	});

	it('does not count activities as archived that wait for a later commit', async () => {
		bench = new Bench();
		await archiveFeed(bench, repository.branch());
		bench.clock.advance(MINUTE);
		await archiveFeed(bench, repository.branch());
		// The own requests fill the first batch; the next one has somebody else's activity.
		bench.clock.advance(MINUTE);
		bench.happened(0);
		await archiveFeed(bench, repository.branch(), { pageSize: 2 }, 1);
		expect(expectWhole(repository.files).lines).toHaveLength(3);
	});
});

describe('the activities that a run reads again and keeps in memory', () => {
	it('are the changed ones, each compared once', async () => {
		const named = bench.happened(MINUTE, { type: 'claude_file_uploaded', filename: 'plan' });
		bench.happened(0);
		const branch = repository.branch();
		await archiveFeed(bench, branch);
		bench.simulated.withdrawNames();
		bench.happened(0);
		const archive = await Archive.open(branch, 'audit', async () => undefined);
		const { batches } = await bench.run({ checkpoint: archive.checkpoint });
		const [batch] = batches;
		if (!batch) throw new Error('The sync read nothing.');
		expect(batch.known.length).toBe(2);
		const contents = () =>
			(
				JSON.parse(repository.files.get('audit/.checkpoint.json')?.toString() ?? '') as {
					contents: string;
				}
			).contents;
		const before = contents();
		const decode = jest.spyOn(Fingerprints, 'decode');
		const fresh = archive.freshIn(batch);
		expect(fresh).not.toHaveProperty('known');
		expect(fresh.changed.map(({ id }) => id)).toEqual([named.id]);
		await archive.add([fresh], { endpoint: '', product: '', run: '' }, () => 'Add');
		const decoded = decode.mock.calls.map(([text]) => text);
		decode.mockRestore();
		// The archive has read its contents when it was opened.
		expect(decoded).not.toContain(before);
		expect(decoded.filter((text) => text === contents())).toHaveLength(1);
	});
});

describe('an archived activity that the feed shows with other content', () => {
	it('is reported once, even if the sync has to start again', async () => {
		const named = bench.happened(MINUTE, { type: 'claude_file_uploaded', filename: 'plan' });
		bench.happened(0);
		await archiveFeed(bench, repository.branch());
		bench.simulated.withdrawNames();
		bench.happened(0);
		bench.simulated.fail({ status: 400 }, { after: 1 });
		await archiveFeed(bench, repository.branch(), { pageSize: 2 });
		const { lines, manifests } = expectWhole(repository.files);
		expect(manifests.map(({ changed }) => changed)).toEqual([[], [named.id]]);
		expect(lines[0]).toBe(named.json);
	});
});

describe('each activity is in the archive once', () => {
	/** Checks the archive so far, with the tests' own check and with verify. */
	async function expectNoFindings(): Promise<void> {
		expectAll();
		expect(await verifyArchive(onDisk(filesOf(repository)))).toMatchObject({ findings: [] });
	}

	it('after several runs, with clocks that count fractions and with slow answers', async () => {
		let latency = 0;
		bench = new Bench({ latency: () => latency, recordReads: false, skew: 0.4567 });
		bench.simulated.generate({ count: 2600, from: PRESENT - DAY, to: PRESENT });
		for (let run = 0; run < 6; run++) {
			for (let each = 0; each < 10; each++) bench.happened(each * 13 * SECOND + run * 0.137);
			latency = run === 0 ? 0 : 1234.5671 * run;
			await archiveFeed(bench, repository.branch(), { pageSize: 400 });
			await expectNoFindings();
			bench.clock.advance(MINUTE + 0.789);
		}
	});

	it('even if the checkpoint has lost the delivered ids', async () => {
		for (let ago = 20; ago >= 0; ago--) bench.happened(ago * 20 * SECOND);
		const named = bench.happened(MINUTE, { type: 'claude_file_uploaded', filename: 'plan' });
		await archiveFeed(bench, repository.branch());
		bench.simulated.withdrawNames();
		for (let run = 0; run < 3; run++) {
			bench.clock.advance(30 * SECOND);
			bench.happened(0);
			await archiveFeed(forgetful(bench), repository.branch(), { pageSize: 5 });
		}
		const { lines, manifests } = expectWhole(repository.files);
		expect(lines).toHaveLength(bench.simulated.rows().length);
		expect(manifests.map(({ activities }) => activities.count)).toEqual([22, 1, 1, 1]);
		// The manifest names the activity that the feed shows with other content.
		expect(manifests.map(({ changed }) => changed)).toEqual([[], [named.id], [], []]);
		expect(await verifyArchive(onDisk(filesOf(repository)))).toMatchObject({ findings: [] });
	});

	it('even the activities of own requests, and no manifest lists those as left out', async () => {
		bench = new Bench();
		bench.happened(MINUTE);
		await archiveFeed(bench, repository.branch());
		bench.clock.advance(MINUTE);
		bench.happened(0);
		await archiveFeed(bench, repository.branch());
		bench.clock.advance(MINUTE);
		bench.happened(0);
		await archiveFeed(forgetful(bench), repository.branch(), { includeOwnRequests: false });
		const { lines, manifests } = expectWhole(repository.files);
		const archived = new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id));
		const leftOut = manifests.flatMap((manifest) => manifest.leftOut);
		expect(leftOut.filter((id) => archived.has(id))).toEqual([]);
	});

	it('and a new activity is archived at once, beside own requests that are read again', async () => {
		bench = new Bench();
		bench.happened(MINUTE);
		await archiveFeed(bench, repository.branch());
		const stored = repository.files.get('audit/.checkpoint.json')?.toString() ?? '';
		const { checkpoint } = JSON.parse(stored) as { checkpoint: unknown };
		const setBack: Readable = {
			feed: bench.feed,
			sync: (options) => bench.sync({ ...options, checkpoint }),
		};
		bench.clock.advance(MINUTE);
		bench.happened(0);
		await archiveFeed(bench, repository.branch());
		const { json } = bench.happened(0);
		await archiveFeed(setBack, repository.branch());
		expect(expectWhole(repository.files).lines.at(-1)).toBe(json);
	});
});

describe('a sync that fails', () => {
	beforeEach(() => {
		for (let ago = 30; ago > 0; ago--) bench.happened(ago * MINUTE);
	});

	it('leaves the earlier activities in the archive, and the next run continues', async () => {
		bench.simulated.fail({ status: 401 }, { after: 4 });
		const failing = archiveFeed(bench, repository.branch(), { pageSize: 5 });
		await expect(failing).rejects.toThrow(/\(401\)/);
		const { lines, manifests } = expectWhole(repository.files);
		expect([lines.length, manifests.length]).toEqual([20, 1]);
		await archiveFeed(bench, repository.branch());
		expectAll();
	});

	it('is named beside a commit that fails, too', async () => {
		bench.simulated.fail({ status: 401 }, { after: 4 });
		const branch = disturbed(MOST, () => repository.push());
		const failing = archiveFeed(bench, branch, { pageSize: 5 });
		await expect(failing).rejects.toThrow(/\(401\).*could not be delivered either.*moved 5 times/s);
		await archiveFeed(bench, repository.branch());
		expectAll();
	});

	it('is ignored if another run was faster, and the run continues from there', async () => {
		bench.simulated.fail({ status: 401 }, { after: 4 });
		await archiveFeed(bench, disturbed(1, rival), { pageSize: 5 });
		expectAll();
	});
});

describe('a Date that is a year ahead', () => {
	const ahead = { dateAhead: 366 * DAY };

	it.each([
		['in one answer', 1],
		['in all answers of a run', Infinity],
	])('%s makes no later run fail, and no claim of a manifest go back', async (_, times) => {
		for (let ago = 30; ago > 0; ago--) bench.happened(ago * MINUTE);
		bench.simulated.fail(ahead, { times: Math.min(times, 6) });
		await archiveFeed(bench, repository.branch(), { pageSize: 5 });
		for (let run = 0; run < 4; run++) {
			bench.clock.advance(20 * MINUTE);
			bench.happened(MINUTE);
			await archiveFeed(bench, repository.branch());
			expectAll();
		}
		const { manifests } = expectWhole(repository.files);
		expect(manifests).toHaveLength(5);
		const last = manifests.at(-1);
		expect(Math.abs(Date.parse(last?.endedAt ?? '') - bench.clock.now())).toBeLessThan(MINUTE);
		expect(await verifyArchive(onDisk(filesOf(repository)))).toMatchObject({ findings: [] });
		// A day with only own requests ends in a commit.
		bench.clock.advance(DAY);
		await archiveFeed(bench, repository.branch());
		expect(expectWhole(repository.files).manifests).toHaveLength(6);
	});

	it('delays no commit that is due', async () => {
		bench = new Bench();
		for (let ago = 30; ago > 0; ago--) bench.happened(ago * MINUTE);
		bench.simulated.fail(ahead, { times: 6 });
		await archiveFeed(bench, repository.branch(), { pageSize: 5 });
		bench.clock.advance(DAY);
		await archiveFeed(bench, repository.branch());
		expect(expectWhole(repository.files).manifests).toHaveLength(2);
	});
});
