import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../../core';
import { parsePage } from '../../../core/api/page';
import { drawOddPage } from './odd-page';
import { type Reading, readPlainly } from './plain-reader';

/** A page that the core does not read as it has to. */
export interface Difference {
	readonly seed: number;
	readonly page: string;
	readonly expected: Reading;
	readonly actual: Reading;
}

/** Pages by what comes of them. */
export interface Outcomes {
	/** Pages that were read… */
	read: number;
	/** …of which so many have records of both kinds. */
	mixed: number;
	/** JSON, but no page. */
	refused: number;
	broken: number;
}

/** Reads so many odd pages, from a seed on, and finds those that the core reads otherwise than plainly. */
export function compareReaders(
	seed: number,
	count: number,
): { differences: Difference[]; outcomes: Outcomes } {
	const differences: Difference[] = [];
	const outcomes: Outcomes = { read: 0, mixed: 0, refused: 0, broken: 0 };
	for (let next = seed; next < seed + count; next++) {
		const page = drawOddPage(next);
		const expected = readPlainly(page);
		const actual = readByCore(page);
		note(expected, outcomes);
		if (isDeepStrictEqual(actual, expected)) continue;
		differences.push({ seed: next, page: page.toString(), expected, actual });
	}
	return { differences, outcomes };
}

function readByCore(body: Buffer): Reading {
	try {
		const { hasMore, lastId, records } = parsePage(Buffer.from(body));
		return {
			hasMore,
			lastId,
			activities: records
				.activities()
				.map(({ id, createdAt, type, actorType, userId, requestId, json }) => {
					return { id, createdAt, type, actorType, userId, requestId, json };
				}),
			unreadable: records.unreadable().map(({ json, before }) => ({ json, before })),
		};
	} catch (error) {
		if (error instanceof SyntaxError) return 'not JSON';
		if (error instanceof UserError && error.code === 'protocol-violation') return 'no page';
		throw error;
	}
}

function note(reading: Reading, outcomes: Outcomes): void {
	if (reading === 'not JSON') outcomes.broken++;
	else if (reading === 'no page') outcomes.refused++;
	else {
		outcomes.read++;
		if (reading.activities.length > 0 && reading.unreadable.length > 0) outcomes.mixed++;
	}
}
