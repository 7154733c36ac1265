/** Why a sync could not continue. Each code needs something different from the user. */
export type UserErrorCode =
	| 'key-missing'
	| 'key-malformed'
	| 'key-for-models'
	| 'key-invalid'
	| 'scope-missing'
	| 'organization-out-of-reach'
	| 'not-found'
	| 'invalid-request'
	| 'rate-limited'
	| 'unavailable'
	| 'redirect-refused'
	| 'certificate-refused'
	| 'coding-unknown'
	| 'protocol-violation'
	| 'invalid-setting'
	| 'invalid-checkpoint'
	| 'other-organization';

/** After these, reading continues from the same place once the cause is gone. */
const RESUMABLE: ReadonlySet<UserErrorCode> = new Set([
	'key-invalid',
	'rate-limited',
	'unavailable',
	'coding-unknown',
	'protocol-violation',
] as const);

export interface UserErrorDetails {
	/** What the user can do, in one or two sentences that are true for every reader of the feed. */
	remedy: string;
	/** The `request-id` header of the answer, for Anthropic's support. */
	requestId?: string | undefined;
	/** The HTTP status of the answer. */
	status?: number | undefined;
	/** How long the API asked to wait, in milliseconds. */
	retryAfterMs?: number | undefined;
}

/**
 * A failure that the user can mend, wherever it happens.
 *
 * `summary` says what happened, `remedy` what to do; `message` holds both and the `request-id`.
 * No part of it ever holds the key or the content of an activity.
 */
export class UserError extends Error {
	override readonly name = 'UserError';
	readonly remedy: string;
	readonly requestId: string | undefined;
	readonly status: number | undefined;
	readonly retryAfterMs: number | undefined;

	constructor(
		readonly code: UserErrorCode,
		readonly summary: string,
		details: UserErrorDetails,
	) {
		const reference = details.requestId ? ` (request-id: ${details.requestId})` : '';
		super(`${summary} ${details.remedy}${reference}`);
		this.remedy = details.remedy;
		this.requestId = details.requestId;
		this.status = details.status;
		this.retryAfterMs = details.retryAfterMs;
	}

	/** Whether reading can continue from the same place once the cause is gone. */
	get resumable(): boolean {
		return RESUMABLE.has(this.code);
	}

	/** The same failure, whose remedy ends with what follows for this reader: the core cannot know it. */
	followedBy(consequence: string): UserError {
		return new UserError(this.code, this.summary, {
			...this,
			remedy: `${this.remedy} ${consequence}`,
		});
	}
}

/** A failure that may pass, but the caller has no more time to wait. */
export class OutOfTime extends UserError {
	constructor(failure: UserError) {
		super(failure.code, failure.summary, failure);
	}
}

const MAX_QUOTE_LENGTH = 300;
/**
 * Characters that are invisible, break a line or move the text around them: bidi controls, zero
 * widths, tags, halves of characters. Variation selectors are allowed, because emoji need them.
 */
const DECEPTIVE = /(?![\ufe00-\ufe0f])[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** The remains of something deceptive, and characters that say how to draw the previous one. */
const LEFT = String.raw`(?:\\u(?:[0-9a-f]{4}|\{[0-9a-f]+\})|[\ufe00-\ufe0f])*`;
/**
 * A key, also with the remains of something deceptive in it, or with an earlier replacement of a
 * key. The beginnings that name a kind of key in messages, such as `sk-ant-api01-…`, are not keys.
 */
const KEY = new RegExp(
	`${[...'sk-ant-'].join(LEFT)}${String.raw`(?!(?:api|admin)\d\d-…(?![\w\\{}*-]))(?:[\w\\{}*-]|[\ufe00-\ufe0f])*`}`,
	'gi',
);

/**
 * Makes external text safe to show in a log or an error: one line of bounded length, with every
 * character visible, and without anything that looks like a key.
 *
 * @param maxLength in characters
 */
export function quote(text: string, maxLength = MAX_QUOTE_LENGTH): string {
	const line = text
		.replace(/\p{Cc}+/gu, ' ')
		.replace(DECEPTIVE, escaped)
		.replace(KEY, 'sk-ant-***')
		// GitHub's runner reads ##[…] as a command anywhere in a line.
		.replaceAll('##[', '# #[')
		.trim();
	if (line.length <= maxLength) return line;
	// Do not cut between the halves of a character, nor where a key's beginning would look like a key.
	return `${line.slice(0, maxLength).replace(/[\ud800-\udbff]$|\s*sk-ant-[\w-]*$/, '')}…`;
}

/** The escape sequence, as in source code. */
function escaped(character: string): string {
	const code = (character.codePointAt(0) ?? 0).toString(16);
	return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** A time for a message, such as `20 s`. */
export function describeSeconds(ms: number): string {
	return `${Math.max(1, Math.round(ms / 1000))} s`;
}
