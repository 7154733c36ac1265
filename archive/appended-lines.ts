import { type Activity, type Unreadable, utcDay } from '../core';
import { type Part, pathOfPart } from './layout';
import { FULL_PART_BYTES } from './limits';
import type { Addition } from './manifest';
import { sha256 } from './sha256';

const NEWLINE = 0x0a;

/** The newest part of a day. The next lines go into it, unless it is full. */
export interface LastPart {
	readonly number: number;
	readonly content: Buffer;
}

/** The lines that one commit adds to day files, and the parts that result. */
export interface AppendedLines {
	/** The complete content of each changed part, by its path below the archive's directory. */
	readonly files: ReadonlyMap<string, Buffer>;
	readonly additions: readonly Addition[];
}

/**
 * Appends records to the last parts of their days.
 *
 * @param activities in the order of the feed
 * @param unreadable belong to no day
 * @param lastParts by day; a day that is not in here gets its first part
 */
export function appendLines(
	activities: readonly Activity[],
	unreadable: readonly Unreadable[],
	lastParts: ReadonlyMap<Part['day'], LastPart>,
): AppendedLines {
	const files = new Map<string, Buffer>();
	const additions: Addition[] = [];
	for (const [day, lines] of linesByDay(activities, unreadable)) {
		let { number, content } = lastParts.get(day) ?? { number: 1, content: Buffer.alloc(0) };
		for (let from = 0, to = 0; from < lines.length; from = to) {
			if (content.length >= FULL_PART_BYTES) {
				number++;
				content = Buffer.alloc(0);
			}
			to = endOfPart(lines, from, FULL_PART_BYTES - content.length);
			const added = Buffer.concat(lines.slice(from, to));
			const path = pathOfPart({ day, number });
			const line = countLines(content) + 1;
			additions.push({ path, line, lines: to - from, sha256: sha256(added) });
			content = Buffer.concat([content, added]);
			files.set(path, content);
		}
	}
	return { files, additions };
}

/** The lines of each day. Lines that belong to no day come last, under `null`. */
function linesByDay(
	activities: readonly Activity[],
	unreadable: readonly Unreadable[],
): ReadonlyMap<Part['day'], readonly Buffer[]> {
	const days = new Map<Part['day'], Buffer[]>();
	const add = (day: Part['day'], json: string) => {
		const line = Buffer.from(`${json}\n`);
		const lines = days.get(day);
		if (lines) lines.push(line);
		else days.set(day, [line]);
	};
	for (const { createdAt, json } of activities) add(utcDay(createdAt), json);
	for (const { json } of unreadable) add(null, json);
	return days;
}

/** The index after the line that fills a part with so many bytes of room. */
function endOfPart(lines: readonly Buffer[], from: number, room: number): number {
	let to = from;
	for (let size = 0; to < lines.length && size < room; to++) size += lines[to]?.length ?? 0;
	return to;
}

function countLines(content: Buffer): number {
	let lines = 0;
	for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) lines++;
	return lines;
}
