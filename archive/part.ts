import { MAX_BODY_BYTES, utcDay } from '../core';

/**
 * A file takes no more lines when it has grown so large, in bytes. GitHub warns at 50 MB, and each run
 * sends the file it appends to anew.
 */
export const MAX_PART_BYTES = 8 * 1024 * 1024;

/**
 * No part is larger, in bytes: the last line begins before it is full, and is no longer than an answer
 * of the API can be.
 */
export const MAX_PART_SIZE = MAX_PART_BYTES + MAX_BODY_BYTES;

/** No part has more lines: the shortest JSON has a byte, and its end takes another. */
export const MAX_PART_LINES = MAX_PART_BYTES / 2 + 1;

/** One of the files that hold a UTC day's activities, or the records that cannot be read as any. */
export interface Part {
	/** `YYYY-MM-DD`; `null` for the records that are of no day. */
	readonly day: string | null;
	/** From 1 on. */
	readonly number: number;
}

const PART = /^(?:(\d{4})\/(\d\d)\/(\d\d)|unreadable)(?:\.([1-9]\d{0,8}))?\.ndjson$/;

/**
 * Where a part lies below the archive's directory: `YYYY/MM/DD.ndjson`, then `YYYY/MM/DD.2.ndjson`;
 * `unreadable.ndjson`, then `unreadable.2.ndjson`.
 */
export function pathOfPart({ day, number }: Part): string {
	const suffix = number === 1 ? '' : `.${number}`;
	return `${day?.replaceAll('-', '/') ?? 'unreadable'}${suffix}.ndjson`;
}

/** The part that lies at a path; `undefined` when none can. */
export function partAt(path: string): Part | undefined {
	const match = PART.exec(path);
	if (!match) return undefined;
	const [, year, month, date, number = '1'] = match;
	const day = year === undefined ? null : `${year}-${month}-${date}`;
	const part = { day, number: Number(number) };
	return pathOfPart(part) === path ? part : undefined;
}

/** The day whose parts hold an activity. */
export function dayOfPart(createdAt: number): string {
	return utcDay(createdAt);
}
