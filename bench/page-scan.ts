import { parsePage } from '../core/api/page';
import { RowShelf } from './api/row-shelf';
import { median, type PageScan } from './results';

const DAY = 24 * 60 * 60_000;
const ROWS = 5000;
/** Enough that the loops are compiled. */
const WARM_UP = 100;
const RUNS = 50;
const NEWLINE = 0x0a;

/** Measures what it takes to read a page, beside a bare loop over its bytes and JSON.parse, in turns. */
export function measurePageScan(): PageScan {
	const page = somePage();
	const ways = {
		scan: () => parsePage(page),
		loop: () => countNewlines(page),
		parse: () => JSON.parse(page.toString()) as unknown,
	};
	const times = { scan: [] as number[], loop: [] as number[], parse: [] as number[] };
	for (let run = 0; run < WARM_UP + RUNS; run++) {
		for (const name of ['scan', 'loop', 'parse'] as const) {
			const startedAt = performance.now();
			ways[name]();
			if (run >= WARM_UP) times[name].push(performance.now() - startedAt);
		}
	}
	return {
		bytes: page.length,
		scanMs: median(times.scan),
		loopMs: median(times.loop),
		parseMs: median(times.parse),
	};
}

function somePage(): Buffer {
	const to = Date.now();
	const rows = new RowShelf({ count: ROWS, from: to - DAY, to }).slices(0, ROWS);
	const end = '],"has_more":false,"last_id":"a"}';
	return Buffer.concat([Buffer.from('{"data":['), ...rows, Buffer.from(end)]);
}

function countNewlines(bytes: Buffer): number {
	let count = 0;
	// The iterator of a buffer takes many times as long.
	const { length } = bytes;
	for (let at = 0; at < length; at++) if (bytes[at] === NEWLINE) count++;
	return count;
}
