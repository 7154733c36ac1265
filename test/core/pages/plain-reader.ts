import { parseInstant } from '../../../core';

/** What a reader makes of a page, or why it refuses it. */
export type Reading = PageRead | 'not JSON' | 'no page';

export interface PageRead {
	readonly hasMore: boolean;
	readonly lastId: string | null;
	readonly activities: readonly ActivityRead[];
	readonly unreadable: readonly UnreadableRead[];
}

export interface ActivityRead {
	readonly id: string;
	readonly createdAt: number;
	readonly type: string;
	readonly actorType: string;
	readonly userId: string;
	readonly requestId: string | undefined;
	/** Its text without insignificant white space. */
	readonly json: string;
}

export interface UnreadableRead {
	readonly json: string;
	before: number | undefined;
}

const FIRST_PLAUSIBLE = Date.parse('2000-01-01T00:00:00Z');
const BEHIND_PLAUSIBLE = Date.parse('9999-01-01T00:00:00Z');

/** A string, a bracket, a sign between values, or a number or word. Only valid JSON may be split so. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs;

/**
 * Reads a page as the core has to, by JSON.parse and rules that can be seen to be right, however slow.
 * The core's own reader is compared with it.
 */
export function readPlainly(body: Buffer): Reading {
	const text = body.toString();
	let page: unknown;
	try {
		page = JSON.parse(text);
	} catch {
		return 'not JSON';
	}
	if (!isObject(page)) return 'no page';
	const members = membersOf(text);
	const names = members.map(([name]) => name);
	const repeated = ['data', 'has_more', 'last_id'].some(
		(name) => names.filter((each) => each === name).length > 1,
	);
	if (repeated || !Array.isArray(page.data) || typeof page.has_more !== 'boolean') return 'no page';
	const isCursor = typeof page.last_id === 'string' && page.last_id !== '';
	const data = members.find(([name]) => name === 'data')!;
	return {
		hasMore: page.has_more,
		lastId: isCursor ? (page.last_id as string) : null,
		...recordsOf(elementsOf(data[1])),
	};
}

function recordsOf(texts: readonly string[]): Pick<PageRead, 'activities' | 'unreadable'> {
	const activities: ActivityRead[] = [];
	const unreadable: UnreadableRead[] = [];
	for (const json of texts) {
		const value: unknown = JSON.parse(json);
		const record = isObject(value) ? value : {};
		const { id, created_at: time, type, actor, request_id: requestId } = record;
		const createdAt = typeof time === 'string' ? parseInstant(time) : undefined;
		const isBeyond = createdAt !== undefined && createdAt >= BEHIND_PLAUSIBLE;
		const hasId = typeof id === 'string' && id.trim() !== '';
		if (!hasId || createdAt === undefined || createdAt < FIRST_PLAUSIBLE || isBeyond) {
			unreadable.push({ json, before: isBeyond ? createdAt : undefined });
			continue;
		}
		for (const each of unreadable) each.before ??= createdAt;
		activities.push({
			id,
			createdAt,
			type: textOf(type),
			actorType: isObject(actor) ? textOf(actor.type) : '',
			userId: isObject(actor) ? textOf(actor.user_id) : '',
			requestId: typeof requestId === 'string' ? requestId : undefined,
			json,
		});
	}
	return { activities, unreadable };
}

/** Names and compact texts of the members of an object, in order. */
function membersOf(object: string): [name: string, value: string][] {
	return elementsOf(object).map((member) => {
		const [name = '', , ...value] = member.match(TOKENS) ?? [];
		return [JSON.parse(name) as string, value.join('')];
	});
}

/** The compact texts between the commas of an object or array. */
function elementsOf(text: string): string[] {
	const elements: string[] = [];
	let depth = 0;
	let element = '';
	for (const token of text.match(TOKENS) ?? []) {
		if (token === '}' || token === ']') depth--;
		const isBetween = depth === 1 && token === ',';
		if ((isBetween || depth === 0) && element !== '') {
			elements.push(element);
			element = '';
		}
		if (depth > 0 && !isBetween) element += token;
		if (token === '{' || token === '[') depth++;
	}
	return elements;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
