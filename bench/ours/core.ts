import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../action/io/clock';
import { free } from '../../action/io/free';
import { complianceHttp } from '../../action/io/http';
import { PageFiles } from '../../action/io/page-files';
import { ApiClient, Feed, sync } from '../../core';
import { parseFilters } from '../../core/api/filters';
import { readTask, printOutcome } from '../task';

/**
 * The core alone, on the Action's HTTP. It reads and checks everything, and writes only pages that it
 * read ahead.
 */

const { baseUrl, accessKey, since } = readTask();
const log = { info: () => undefined, warning: () => undefined };
const client = new ApiClient({
	baseUrl,
	accessKey,
	http: complianceHttp(accessKey),
	now: monotonicNow,
	sleep: (ms, signal) => sleep(ms, undefined, { signal }),
	log,
});
const store = await PageFiles.open();
let delivered = 0;
for await (const { activities } of sync({
	feed: new Feed(client),
	checkpoint: undefined,
	filters: parseFilters({}, log.warning),
	backfillStart: Date.parse(since),
	store,
	reclaim: free,
	now: Date.now(),
	log,
})) {
	delivered += activities.length;
}
await store.close();
printOutcome({ delivered });
