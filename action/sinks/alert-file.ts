import path from 'node:path';
import type { Alert } from '../../core';
import { makeTemporaryDirectory } from '../io/temporary-directory';
import type { Delivered } from '../ledgers/ledger';
import type { Receipt } from '../outputs';
import { type LineFormat, NdjsonFile } from './ndjson-file';
import type { Sink } from './sink';

const NAME = 'alerts.ndjson';
/** In UTF-16 units. */
const MAX_SLICE = 1024 * 1024;

/** The file is new, so it has no line. */
const ALERT_LINE: LineFormat = {
	name: 'an alert',
	idOf: () => undefined,
	isBegun: () => false,
};

/** The alerts of this run, one per line, in a temporary file, which the runner deletes after the job. */
export class AlertFile implements Sink {
	#file: { readonly path: string; readonly lines: NdjsonFile } | undefined;

	get receipt(): Receipt {
		return { outputs: this.#file ? { 'alerts-file': this.#file.path } : {}, facts: [] };
	}

	async write({ alerts }: Pick<Delivered, 'alerts'>): Promise<void> {
		if (alerts.length === 0) return;
		this.#file ??= await open();
		this.#file.lines.append(slicesOf(alerts));
	}

	async close(): Promise<void> {
		await this.#file?.lines.close();
	}
}

async function open() {
	const directory = await makeTemporaryDirectory();
	const lines = await NdjsonFile.open(directory, NAME, ALERT_LINE);
	return { path: path.join(directory, NAME), lines };
}

/** Lines together, because each write takes a while; but not all, because no string holds them. */
function* slicesOf(alerts: readonly Alert[]): Generator<Buffer, void, undefined> {
	let lines = '';
	for (const alert of alerts) {
		lines += lineOf(alert);
		if (lines.length < MAX_SLICE) continue;
		yield Buffer.from(lines);
		lines = '';
	}
	yield Buffer.from(lines);
}

/** The activity is last, exactly as the API sent it. */
function lineOf({ watch: { id, severity, title }, activity, count }: Alert): string {
	const alert = JSON.stringify({ watch: id, severity, title, activity_id: activity.id, count });
	return `${alert.slice(0, -1)},"activity":${activity.json}}\n`;
}
