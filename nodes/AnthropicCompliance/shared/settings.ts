import { DateTime } from 'luxon';
import type { IDataObject, INodeProperties } from 'n8n-workflow';
import {
	entriesOf,
	type Clocks,
	UserError,
	type FilterName,
	type Filters,
	parseFilters,
	parseWrittenTime,
	quote,
	type Severity,
	type WrittenTime,
	toInstant,
} from '../../../core';
import { resolveTypes } from './activity-types';
import {
	fields,
	filters,
	includeRawJson,
	minimumSeverity,
	organizationIds,
	output,
	pageSize,
	watches,
} from './descriptions';
import type { ItemShape } from './item';
import type { LocalFilters } from './local-filters';
import type { Context } from './transport';

/** The settings that both nodes have. */
export interface Settings {
	readonly filters: Filters;
	readonly localFilters: LocalFilters;
	readonly shape: ItemShape;
	readonly pageSize: number;
}

/** Reads the parameter of a node that the panel describes so. */
export type ReadParameter = (property: INodeProperties) => unknown;

export type Warn = (message: string) => void;

/**
 * Reads the settings that both nodes have.
 *
 * @param options the value of the parameter Options
 * @param usualPageSize the page size if the user sets none
 * @param warn gets a message about activity types that the catalogue lacks
 * @param leftOut activity types to leave out unless the user asks for them by name
 * @throws UserError `invalid-setting` for the first setting that cannot be used
 */
export function readSettings(
	read: ReadParameter,
	options: IDataObject,
	usualPageSize: number,
	warn: Warn,
	leftOut: readonly string[] = [],
): Settings {
	const chosen = read(filters) as IDataObject;
	const categories = entriesOf(asText(chosen.categories));
	return {
		filters: resolveTypes(parseFilters(readFilters(read, chosen), warn), { categories, leftOut }),
		localFilters: readLocalFilters(read),
		shape: {
			output: readChoice(output, options.output) as ItemShape['output'],
			fields: readChoices(fields, options.fields),
			includeRawJson: readBoolean(includeRawJson, options.includeRawJson),
		},
		pageSize: readInteger(pageSize, options.pageSize ?? usualPageSize),
	};
}

/**
 * Reads the filters that the API does not know.
 *
 * @throws UserError `invalid-setting` for the first one that cannot be used
 */
export function readLocalFilters(read: ReadParameter): LocalFilters {
	const chosen = read(filters) as IDataObject;
	return {
		minimumSeverity: readChoice(minimumSeverity, chosen.minimumSeverity) as Severity,
		watches: new Set(readChoices(watches, chosen.watches)),
	};
}

function readFilters(read: ReadParameter, chosen: IDataObject): Record<FilterName, string> {
	return {
		organizationIds: listText(read(organizationIds)),
		activityTypes: listText(chosen.activityTypes, chosen.typesByApiName),
		excludeActivityTypes: listText(chosen.excludeActivityTypes, chosen.excludedTypesByApiName),
		userIds: listText(chosen.userIds),
	};
}

/**
 * Reads a whole number, and checks the panel's bounds: an expression can exceed them.
 *
 * @param value `undefined` for the panel's default
 * @throws UserError `invalid-setting`
 */
export function readInteger(property: INodeProperties, value: unknown): number {
	const number = Number(value ?? property.default);
	const { minValue: least = -Infinity, maxValue: most = Infinity } = property.typeOptions ?? {};
	if (Number.isInteger(number) && number >= least && number <= most) return number;
	const bounds = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
	throw unusable(property, value, `Set it to a whole number ${bounds}.`);
}

/**
 * @param value `undefined` for the panel's default
 * @throws UserError `invalid-setting`
 */
export function readBoolean(property: INodeProperties, value: unknown): boolean {
	const text = asText(value ?? property.default);
	if (text === 'true' || text === 'false') return text === 'true';
	throw unusable(property, value, 'Set it to true or false.');
}

/**
 * Reads one of the values that the panel offers.
 *
 * @param value `undefined` for the panel's default
 * @throws UserError `invalid-setting`
 */
export function readChoice(property: INodeProperties, value: unknown): string {
	const text = asText(value ?? property.default);
	const offered = valuesOf(property);
	if (offered.includes(text)) return text;
	throw unusable(property, value, `Set it to ${offered.join(' or ')}.`);
}

/**
 * Reads several of the values that the panel offers: a list, or a text with commas between them.
 *
 * @param value `undefined` for the panel's default
 * @throws UserError `invalid-setting`
 */
function readChoices(property: INodeProperties, value: unknown): string[] {
	const chosen = entriesOf(asText(value ?? property.default));
	const offered = valuesOf(property);
	if (chosen.every((each) => offered.includes(each))) return chosen;
	throw unusable(property, value, `Choose from ${offered.join(', ')}.`);
}

function valuesOf({ options = [] }: INodeProperties): unknown[] {
	return options.flatMap((each) => ('value' in each ? [each.value] : []));
}

/**
 * Reads a time from n8n's date picker or an expression. A date is a whole day. A time without an offset
 * is in the time zone of the workflow.
 *
 * @returns `undefined` if the parameter is empty
 * @throws UserError `invalid-setting`
 */
export function readTime(
	context: Context,
	{ displayName }: INodeProperties,
	value: unknown,
): WrittenTime | undefined {
	const text = value instanceof Date ? isoOf(value) : asText(value).trim();
	if (text === '') return undefined;
	const time = parseWrittenTime(text, clocksIn(context.getTimezone()));
	if (time) return time;
	throw new UserError(
		'invalid-setting',
		`${displayName} is not an ISO 8601 date or date-time: ${quote(text)}.`,
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

function unusable({ displayName }: INodeProperties, value: unknown, remedy: string) {
	const summary = `${displayName} is ${quote(asText(value))}.`;
	return new UserError('invalid-setting', summary, { remedy });
}

/** Joins lists to one text: those that the user picked, and those that the user typed. */
function listText(...lists: unknown[]): string {
	return lists.map(asText).join(',');
}

/** The text of a value. An expression may return a list, a number or a luxon DateTime. */
export function asText(value: unknown): string {
	return String((value ?? '') as string);
}
