import { open } from 'node:fs/promises';
import path from 'node:path';
import { fetchPage } from '../keep-alive';
import { readTask, printOutcome } from '../task';

/**
 * The floor: it gets the pages one after the other over one connection, writes them to disk unchanged,
 * and makes them durable once at the end. It parses nothing: it cuts the cursor out of the end of a page.
 */

const PAGE_SIZE = '5000';
/** `has_more` and `last_id` are in this many bytes at the end of a page. */
const END_BYTES = 1024;
const END = /"has_more":(true|false).*"last_id":"([^"]+)"/;

const { baseUrl, accessKey, since, directory } = readTask();
const file = await open(path.join(directory, 'pages.json'), 'w');
const parameters = new URLSearchParams({
	order: 'asc',
	limit: PAGE_SIZE,
	'created_at.gte': since,
});
for (let hasMore = true; hasMore;) {
	const body = await fetchPage(baseUrl, accessKey, parameters);
	await file.writev(body);
	const [, more, lastId = ''] = END.exec(endOf(body)) ?? [];
	hasMore = more === 'true';
	parameters.set('after_id', lastId);
}
await file.sync();
await file.close();
printOutcome({ delivered: null });

function endOf(parts: readonly Buffer[]): string {
	const last: Buffer[] = [];
	for (let index = parts.length - 1, length = 0; index >= 0 && length < END_BYTES; index--) {
		last.unshift(parts[index]!);
		length += parts[index]!.length;
	}
	return Buffer.concat(last).subarray(-END_BYTES).toString('latin1');
}
