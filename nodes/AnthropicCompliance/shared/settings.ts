import { DateTime } from 'luxon';
import type { IDataObject, IExecuteFunctions, IPollFunctions } from 'n8n-workflow';
import {
	type Clocks,
	ComplianceError,
	type FilterName,
	type Filters,
	formatInstant,
	MAX_PAGE_SIZE,
	type Order,
	parseBackfillStart,
	parseFilters,
	parseWrittenTime,
	quote,
	type WrittenTime,
	toInstant,
} from '../../../core';
import type { Context } from './transport';
import type { ItemShape } from './item';

const MINUTE_MS = 60_000;

/**
 * In minutes: the API documents that activities appear up to 1 minute late, and its clocks, which
 * nobody can see, may be as much apart. Less would lose some.
 */
export const LEAST_OVERLAP = 2;
/** A day, in minutes: the overlap is read again and again. */
export const LONGEST_OVERLAP = 24 * 60;
/** With smaller pages, the activities that the requests themselves cause would weigh too much. */
export const LEAST_PAGE_SIZE = 10;
/** Large enough to be quick, and small enough for any version of the API. */
const USUAL_PAGE_SIZE = 1000;

/** What both nodes let the user choose. */
interface Settings {
	readonly filters: Filters;
	readonly shape: ItemShape;
	readonly pageSize: number;
}

export interface TriggerSettings extends Settings {
	readonly start: Start;
	readonly maxActivities: number;
	/** Milliseconds. */
	readonly overlap: number;
	readonly skipOwnRequests: boolean;
}

/** Where the first poll starts. */
export type Start =
	| { readonly at: '90DaysBack' | 'now' }
	/** The setting as it was typed, and the instant it means, in milliseconds since the epoch. */
	| { readonly at: 'date'; readonly text: string; readonly instant: number };

export interface GetManySettings extends Settings {
	readonly limit: number;
	/** Milliseconds since the epoch; `undefined` bounds nothing. */
	readonly from: number | undefined;
	readonly to: number | undefined;
	readonly order: Order;
}

type Warn = (message: string) => void;
type Read = (name: string, fallback?: unknown) => unknown;

/**
 * What the trigger is set to.
 *
 * @param warn is told of activity types that the catalogue lacks
 * @throws ComplianceError `invalid-setting` for the first setting that cannot be used
 */
export function readTriggerSettings(context: IPollFunctions, warn: Warn): TriggerSettings {
	const read: Read = (name, fallback) => context.getNodeParameter(name, fallback);
	const options = read('options', {}) as IDataObject;
	const maxActivities = readInteger('Max Activities per Poll', read('maxActivities', 5000), 1);
	// Each poll reads the overlap again: small pages would make many requests of that.
	const usual = Math.min(Math.max(maxActivities, USUAL_PAGE_SIZE), MAX_PAGE_SIZE);
	return {
		...readSettings(read, options, usual, warn),
		start: readStart(context),
		maxActivities,
		overlap:
			readInteger('Overlap', options.overlap ?? 5, LEAST_OVERLAP, LONGEST_OVERLAP) * MINUTE_MS,
		skipOwnRequests: readBoolean('Skip Own Requests', options.skipOwnRequests ?? true),
	};
}

/**
 * What Get Many is set to for one input item.
 *
 * @param warn as above
 * @throws ComplianceError as above
 */
export function readGetManySettings(
	context: IExecuteFunctions,
	index: number,
	warn: Warn,
): GetManySettings {
	const read: Read = (name, fallback) => context.getNodeParameter(name, index, fallback);
	const options = read('options', {}) as IDataObject;
	const limit = readBoolean('Return All', read('returnAll', false))
		? Infinity
		: readInteger('Limit', read('limit', 50), 1);
	const from = readTime(context, 'From', read('from', ''))?.from;
	const to = readTime(context, 'To', read('to', ''))?.to;
	if (from !== undefined && to !== undefined && from > to) {
		throw new ComplianceError('invalid-setting', 'From is later than To.', {
			remedy: 'Swap them, or leave one of them empty.',
		});
	}
	const order = (options.order ?? 'desc') as Order;
	const usual = Math.min(Math.max(limit, LEAST_PAGE_SIZE), USUAL_PAGE_SIZE);
	return { ...readSettings(read, options, usual, warn), limit, from, to, order };
}

function readSettings(read: Read, options: IDataObject, usual: number, warn: Warn): Settings {
	return {
		filters: parseFilters(readFilters(read), warn),
		shape: {
			simplify: readBoolean('Simplify', options.simplify ?? true),
			includeRawJson: readBoolean('Include Raw JSON', options.includeRawJson ?? false),
		},
		pageSize: readInteger('Page Size', options.pageSize ?? usual, LEAST_PAGE_SIZE, MAX_PAGE_SIZE),
	};
}

function readFilters(read: Read): Record<FilterName, string> {
	const chosen = read('filters', {}) as IDataObject;
	return {
		organizationIds: listText(read('organizationIds', '')),
		activityTypes: listText(chosen.activityTypes, chosen.otherActivityTypes),
		excludeActivityTypes: listText(chosen.excludeActivityTypes, chosen.otherExcludedActivityTypes),
		userIds: listText(chosen.userIds),
	};
}

function readStart(context: IPollFunctions): Start {
	const at = context.getNodeParameter('backfillStartTime', '90DaysBack') as Start['at'];
	if (at !== 'date') return { at };
	const parameter = 'backfillStartDate';
	const name = 'Backfill Start Date';
	const time = readTime(context, name, context.getNodeParameter(parameter));
	const instant = parseBackfillStart(time ? formatInstant(time.from) : '', Date.now());
	if (instant === undefined) {
		throw new ComplianceError('invalid-setting', `${name} is empty.`, {
			remedy: 'Set the date, or choose another Backfill Start Time.',
		});
	}
	// An expression stays the same though it means another instant at each poll.
	const raw = context.getNodeParameter(parameter, undefined, { rawExpressions: true });
	return { at, text: textOf(raw), instant };
}

/** A whole number, which an expression may have got wrong. */
function readInteger(name: string, value: unknown, least: number, most = Infinity): number {
	const number = Number(value);
	if (Number.isInteger(number) && number >= least && number <= most) return number;
	const range = most === Infinity ? `from ${least} on` : `from ${least} to ${most}`;
	throw unusable(name, value, `Set it to a whole number ${range}.`);
}

function readBoolean(name: string, value: unknown): boolean {
	const text = textOf(value);
	if (text !== 'true' && text !== 'false') throw unusable(name, value, 'Set it to true or false.');
	return text === 'true';
}

/**
 * A time, as n8n's date picker or an expression gives it: a date is a whole day. Without an offset it
 * is in the time zone of the workflow.
 */
function readTime(context: Context, name: string, value: unknown): WrittenTime | undefined {
	const text = value instanceof Date ? isoOf(value) : textOf(value).trim();
	if (text === '') return undefined;
	const time = parseWrittenTime(text, clocksIn(context.getTimezone()));
	if (time) return time;
	throw new ComplianceError(
		'invalid-setting',
		`${name} is not an ISO 8601 date or date-time: ${quote(text)}.`,
		{ remedy: 'Write it like 2026-01-31 or 2026-01-31T08:00:00Z.' },
	);
}

function isoOf(date: Date): string {
	return Number.isNaN(date.getTime()) ? String(date) : date.toISOString();
}

function clocksIn(zone: string): Clocks {
	return (text) => {
		const moment = DateTime.fromISO(text, { zone });
		const moments = moment.isValid ? moment.getPossibleOffsets() : [];
		return moments.map((each) => toInstant(each.toMillis())).sort((one, other) => one - other);
	};
}

function unusable(name: string, value: unknown, remedy: string): ComplianceError {
	return new ComplianceError('invalid-setting', `${name} is ${quote(textOf(value))}.`, { remedy });
}

/** Several lists as one text: what was picked, and what was typed. */
function listText(...lists: unknown[]): string {
	return lists.map(textOf).join(',');
}

/** Expressions give more than strings: lists, numbers, moments of luxon. */
function textOf(value: unknown): string {
	return String((value ?? '') as string);
}
