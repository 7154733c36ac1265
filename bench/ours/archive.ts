import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../action/io/clock';
import { complianceHttp } from '../../action/io/http';
import { Archive } from '../../archive/archive';
import type { ArchiveBranch } from '../../archive/archive-branch';
import { commitBatches } from '../../archive/commit-batches';
import { ApiClient, Feed, sync } from '../../core';
import { parseFilters } from '../../core/api/filters';
import { printOutcome, readTask } from '../task';

/** Reads the feed into an archive in a directory: what verify is measured with. */

const { baseUrl, accessKey, since, directory } = readTask();
const log = { info: () => undefined, warning: () => undefined };
const pause = (ms: number, signal?: AbortSignal) => sleep(ms, undefined, { signal });
const client = new ApiClient({
	baseUrl,
	accessKey,
	http: complianceHttp(accessKey),
	now: monotonicNow,
	sleep: pause,
	log,
});
const feed = new Feed(client);
const filters = parseFilters({}, log.warning);

const archive = await Archive.open(branchOf(directory), 'audit', pause);
const batches = commitBatches(archive, {
	endpoint: feed.endpoint,
	product: 'bench',
	run: 'https://github.com/octo/audit/actions/runs/1',
	read: (checkpoint) =>
		sync({
			feed,
			checkpoint,
			filters,
			backfillStart: Date.parse(since),
			now: Date.now(),
			log,
		}),
	message: () => '',
	committed: () => undefined,
});
let delivered = 0;
for await (const { activities } of batches) delivered += activities.length;
printOutcome({ delivered });

/** A directory in the place of a branch, with the files of the last commit. */
function branchOf(root: string): ArchiveBranch {
	let commits = 0;
	const absent = (error: NodeJS.ErrnoException): undefined => {
		if (error.code !== 'ENOENT') throw error;
	};
	return {
		tip: () => Promise.resolve(commits > 0 ? { commit: String(commits), tree: '' } : undefined),
		read: async (_, file) => readFile(path.join(root, file)).catch(absent),
		list: async (_, name) => new Set(await readdir(path.join(root, name)).catch(absent)),
		commit: async (_, files) => {
			for (const [file, content] of files) {
				await mkdir(path.dirname(path.join(root, file)), { recursive: true });
				await writeFile(path.join(root, file), content);
			}
			return { sha: String(++commits), tree: '', url: '' };
		},
	};
}
