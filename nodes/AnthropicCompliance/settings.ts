import { DateTime } from 'luxon';
import type { IDataObject } from 'n8n-workflow';
import { ComplianceError, type Filters, MAX_PAGE_SIZE, parseFilters, quote } from '../../core';
import { type Context, logOf } from './compliance-feed';
import type { ItemShape } from './item';

/** Reads one parameter of the node, for one input item where it may differ from item to item. */
export type Read = (name: string, fallback?: unknown) => unknown;

/** The filters that the node's parameters describe. */
export function readFilters(context: Context, read: Read): Filters {
	const chosen = read('filters', {}) as IDataObject;
	return parseFilters(
		{
			organizationIds: listText(read('organizationIds', '')),
			activityTypes: listText(chosen.activityTypes, chosen.otherActivityTypes),
			excludeActivityTypes: listText(
				chosen.excludeActivityTypes,
				chosen.otherExcludedActivityTypes,
			),
			userIds: listText(chosen.userIds),
		},
		(message) => logOf(context).warning(message),
	);
}

/** How items are to look, by the node's options. */
export function readShape({ simplify = true, includeRawJson = false }: IDataObject): ItemShape {
	return { simplify: simplify === true, includeRawJson: includeRawJson === true };
}

/**
 * The page size of the node's options.
 *
 * @param wanted how many activities are wanted, if the user chose no page size
 */
export function readPageSize({ pageSize }: IDataObject, wanted: number): number {
	if (pageSize === undefined) return Math.min(Math.max(wanted, LEAST_PAGE_SIZE), MAX_PAGE_SIZE);
	return readInteger('Page Size', pageSize, LEAST_PAGE_SIZE, MAX_PAGE_SIZE);
}

/** With smaller pages, the activities that the requests themselves cause would weigh too much. */
export const LEAST_PAGE_SIZE = 10;

/**
 * A whole number, which an expression may have got wrong.
 *
 * @throws ComplianceError `invalid-setting`
 */
export function readInteger(name: string, value: unknown, least: number, most = Infinity): number {
	const number = Number(value);
	if (Number.isInteger(number) && number >= least && number <= most) return number;
	const range = most === Infinity ? `from ${least} on` : `from ${least} to ${most}`;
	throw new ComplianceError('invalid-setting', `${name} is ${quote(textOf(value))}.`, {
		remedy: `Set it to a whole number ${range}.`,
	});
}

/**
 * A moment, as n8n's date picker or an expression gives it. Without an offset it is in the time zone
 * of the workflow.
 *
 * @returns `undefined` when none is given
 * @throws ComplianceError `invalid-setting`
 */
export function readMoment(context: Context, name: string, value: unknown): DateTime | undefined {
	const text = value instanceof Date ? value.toISOString() : textOf(value).trim();
	if (text === '') return undefined;
	const moment = DateTime.fromISO(text, { zone: context.getTimezone() });
	if (moment.isValid) return moment;
	throw new ComplianceError(
		'invalid-setting',
		`${name} is not an ISO 8601 date or date-time: ${quote(text)}.`,
		{ remedy: 'Write it like 2026-01-31 or 2026-01-31T08:00:00Z.' },
	);
}

/** Several lists as one text: what was picked, and what was typed. */
function listText(...lists: unknown[]): string {
	return lists.map(textOf).join(',');
}

/** Expressions give more than strings: lists, numbers, moments of luxon. */
function textOf(value: unknown): string {
	return String((value ?? '') as string);
}
