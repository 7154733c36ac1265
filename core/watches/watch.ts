import type { Severity } from '../activity/severity-scale';

/**
 * A rule that says which activities are worth a look. It is plain JSON, so that a file of own watches
 * holds the same.
 *
 * Without `threshold` and `after`, every activity of one of the types that meets all conditions is an
 * alert.
 */
export interface Watch {
	/** Lower-case words joined by hyphens. An own watch with the id of a default one changes it. */
	readonly id: string;
	readonly title: string;
	readonly severity: Severity;
	/** Why it matters, and what to do, in one or two sentences. */
	readonly why: string;
	/** A type that the feed does not know never matches. */
	readonly types: readonly string[];
	/** All of them must hold. */
	readonly conditions?: readonly Condition[];
	readonly threshold?: Threshold;
	readonly after?: Earlier;
	/** Where others have the same rule, as `vendor: rule` with the names in others-rules.json. */
	readonly seenAt?: readonly string[];
}

/** A single value of JSON. */
export type Scalar = string | number | boolean;

/** What must hold of the values at a path. */
export type Condition = ValueCondition | TextCondition | PresenceCondition | FieldCondition;

interface At {
	/**
	 * The names of nested fields, joined by dots, such as `actor.user_agent`. Where a field holds a list,
	 * each of its elements counts: `updates.type` is the type of each update.
	 */
	readonly path: string;
}

/** Whether one of the values at the path is the given one or in the given list; `not-equals`: none is. */
export interface ValueCondition extends At {
	readonly operator: 'equals' | 'not-equals';
	readonly value: Scalar | readonly Scalar[];
}

/** Whether one of the texts at the path begins with, or contains, one of the given ones, in any case. */
export interface TextCondition extends At {
	readonly operator: 'starts-with' | 'contains-text';
	readonly value: string | readonly string[];
}

/** Whether there is a value at the path. `null` and an empty list are none. */
export interface PresenceCondition extends At {
	readonly operator: 'exists' | 'missing';
}

/** Whether a value at the path is also at the path `value`; `not-equals-field`: none is. */
export interface FieldCondition extends At {
	readonly operator: 'equals-field' | 'not-equals-field';
	readonly value: string;
}

export type Operator = Condition['operator'];

/** Only several such activities within a time are an alert. */
export interface Threshold {
	/** At least 2, and at most `MAX_COUNT`, or `MAX_DISTINCT` of different values. */
	readonly count: number;
	/** Such as `10m`, `24h` or `7d`; see `windowOf`. */
	readonly within: string;
	/** Whose activities are counted together: `actor`, `organization`, or a path. */
	readonly by: string;
	/** Counts what differs in this: as in `by`. By default, each activity counts. */
	readonly distinct?: string;
}

/** Only an activity that follows an earlier one is an alert. */
export interface Earlier {
	/** Types of the earlier activity; none of them is one of the watch's own. */
	readonly types: readonly string[];
	/** All of them must hold of the earlier activity. */
	readonly conditions?: readonly Condition[];
	/** How much later the activity may be; as in a threshold. */
	readonly within: string;
	/** What both have in common; as in a threshold. */
	readonly by: string;
}

/** The most activities of a threshold. It bounds what must be remembered of each key. */
export const MAX_COUNT = 1000;
/** The most different values: of each one, twice as much is remembered as of an activity. */
export const MAX_DISTINCT = MAX_COUNT / 2;

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 60 * 60, d: 24 * 60 * 60 };
/** The default overlap: an activity that appears as late as that still counts exactly. */
const LEAST_SECONDS = 5 * 60;
const MOST_SECONDS = 7 * 24 * 60 * 60;

/**
 * Reads a time such as `10m`, `24h` or `7d`.
 *
 * @returns seconds; `undefined` if the text has another form, or is not from 5 minutes to 7 days
 */
export function windowOf(within: string): number | undefined {
	const [, number, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(within) ?? [];
	const seconds = Number(number) * (UNITS[unit ?? ''] ?? NaN);
	return seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS ? seconds : undefined;
}
