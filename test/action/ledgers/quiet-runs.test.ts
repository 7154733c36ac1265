import { beforeEach, describe, expect, it } from '@jest/globals';
import { QuietRuns } from '../../../action/ledgers/quiet-runs';
import type { CacheEntry, EntryCache, Texts } from '../../../action/ledgers/entry-cache';
import type { WorkflowRun } from '../../../action/github/workflow-run';
import { type Checkpoint, toInstant } from '../../../core';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/sync/checkpoint';
import { OwnRequests } from '../../../core/sync/own-requests';
import { Bench, MINUTE, PRESENT } from '../../core/harness';
import { callsIn, ownRequestsOf, untilOf } from '../../core/own-requests';

/** The most own requests that are remembered. */
const MOST = 4096;

let lastRun = 0;
let archived: Checkpoint;

beforeEach(async () => {
	const { checkpoint } = await new Bench().run();
	if (!checkpoint) throw new Error('The sync left no checkpoint.');
	archived = withOwnRequests(checkpoint, new OwnRequests());
});

/** A cache in memory that finds the newest entry. */
class MemoryCache implements Pick<EntryCache, 'restore' | 'save'> {
	content: string | undefined;

	async restore(): Promise<CacheEntry | undefined> {
		if (this.content === undefined) return undefined;
		return { key: 'key', texts: { 'checkpoint.json': this.content } };
	}

	async save(_key: string, texts: Texts): Promise<void> {
		this.content = texts['checkpoint.json'];
	}
}

function quietRuns(entries: MemoryCache, archive = 'audit'): QuietRuns {
	const run: WorkflowRun = {
		workspace: '/workspace',
		id: String(++lastRun),
		attempt: 1,
		owner: 'acme',
		repository: 'audit',
		serverUrl: 'https://github.com',
		workflowFile: 'audit.yml',
		branch: 'main',
		defaultBranch: 'main',
	};
	return new QuietRuns('prefix', run, archive, entries);
}

/** The checkpoint of a run that recognised all earlier own requests and knows its own ones. */
function leaving(at: number, ...calls: string[]): Checkpoint {
	const ownRequests = ownRequestsOf(calls.map((id) => [id, toInstant(at)]));
	const frontier = toInstant(at - MINUTE);
	const position = decodeCheckpoint(archived);
	return encodeCheckpoint({ ...position, frontier, settled: frontier, ownRequests });
}

function withOwnRequests(checkpoint: Checkpoint, ownRequests: OwnRequests): Checkpoint {
	return encodeCheckpoint({ ...decodeCheckpoint(checkpoint), ownRequests });
}

const knows = (checkpoint: Checkpoint, id: string) => untilOf(checkpoint, id) !== undefined;

describe('what quiet runs remember', () => {
	it('are the own requests of all of them, at the archive’s checkpoint', async () => {
		const entries = new MemoryCache();
		for (const [index, id] of ['req_a', 'req_b', 'req_c'].entries()) {
			const runs = quietRuns(entries);
			await runs.recall(archived);
			await runs.remember(leaving(PRESENT + index * MINUTE, id));
		}
		const recalled = await quietRuns(entries).recall(archived);
		expect(withOwnRequests(recalled, new OwnRequests())).toEqual(archived);
		expect(['req_a', 'req_b', 'req_c'].filter((id) => !knows(recalled, id))).toEqual([]);
	});

	it('are the newest own requests, however many runs were quiet', async () => {
		const entries = new MemoryCache();
		const first = quietRuns(entries);
		await first.recall(archived);
		await first.remember(leaving(PRESENT, ...Array.from({ length: MOST }, (_, n) => `req_${n}`)));
		for (let n = MOST; n < MOST + 5; n++) {
			const runs = quietRuns(entries);
			await runs.recall(archived);
			await runs.remember(leaving(PRESENT + n, `req_${n}`));
		}
		const recalled = await quietRuns(entries).recall(archived);
		expect(callsIn(recalled).size).toBe(MOST);
		const ids = ['req_4', 'req_5', `req_${MOST}`, `req_${MOST + 4}`];
		expect(ids.map((id) => knows(recalled, id))).toEqual([false, true, true, true]);
	});

	it('is forgotten once the archive has got behind it', async () => {
		const entries = new MemoryCache();
		for (let day = 0; day < 3; day++) {
			const runs = quietRuns(entries);
			const at = PRESENT + day * 60 * MINUTE;
			const settled = toInstant(at - 5 * MINUTE);
			archived = encodeCheckpoint({ ...decodeCheckpoint(archived), frontier: settled, settled });
			await runs.recall(archived);
			await runs.remember(leaving(at, `req_${day}`));
		}
		const recalled = await quietRuns(entries).recall(archived);
		expect([0, 1, 2].map((day) => knows(recalled, `req_${day}`))).toEqual([false, false, true]);
	});

	it('is nothing where nobody asked for it', async () => {
		const entries = new MemoryCache();
		await quietRuns(entries).remember(leaving(PRESENT, 'req_a'));
		expect(entries.content).toBeUndefined();
	});

	it('tells whether there was an archive, and of another one nothing', async () => {
		const entries = new MemoryCache();
		expect(await quietRuns(entries).any()).toBe(false);
		const runs = quietRuns(entries);
		await runs.recall(archived);
		await runs.remember(leaving(PRESENT, 'req_a'));
		expect(await quietRuns(entries).any()).toBe(true);
		expect(await quietRuns(entries, 'other').any()).toBe(false);
		expect(knows(await quietRuns(entries, 'other').recall(archived), 'req_a')).toBe(false);
	});

	it.each(['{', 'null', '{}', '{"archive":"audit"}', '{"archive":"audit","checkpoint":{}}'])(
		'is nothing when it was damaged: %s',
		async (content) => {
			const entries = new MemoryCache();
			entries.content = content;
			expect(await quietRuns(entries).any()).toBe(false);
			expect(await quietRuns(entries).recall(archived)).toEqual(archived);
		},
	);
});
