import { UserError, describeSeconds, quote } from '../errors';
import { type Filters, longestOf } from './filters';
import type { HttpResponse } from './http';
import { fieldsOf, stringOf } from '../json/json-value';

/** A longer body is not an error of the API, and is not searched. */
export const MAX_ERROR_BYTES = 64 * 1024;

/** From this length on, the address may be too long for some servers and gateways. */
const LONG_LIST_CHARACTERS = 1000;

/** What messages call the requested content. */
export interface Asked {
	/** The name of the endpoint, such as `Activity Feed`. */
	readonly resource: string;
	/** The name of its content, such as `activities`. */
	readonly what: string;
	/** The scopes of which a key needs one, such as `read:compliance_activities`. */
	readonly scopes: string;
	readonly filters: Filters;
}

/**
 * Turns an unsuccessful answer into an error that says what to do.
 *
 * The status and the form of the body decide. The wording of the API's message may change at any
 * time, so it does not matter.
 *
 * @param retryAfterMs how long the API asks to wait
 * @param asked the requested content
 */
export function refusal(
	response: HttpResponse,
	retryAfterMs: number | undefined,
	asked: Asked,
): UserError {
	const { status } = response;
	const { code, summary, remedy } = adviceOn(status, errorBodyOf(response), retryAfterMs, asked);
	const requestId = requestIdOf(response);
	return new UserError(code, summary, { remedy, requestId, status, retryAfterMs });
}

type Advice = Pick<UserError, 'code' | 'summary' | 'remedy'>;

function adviceOn(
	status: number,
	body: ErrorBody,
	retryAfterMs: number | undefined,
	asked: Asked,
): Advice {
	const said = body.message?.replace(/\.$/, '');
	const quoted = said ? ` The API says: "${said}".` : '';
	const long = longListOf(asked.filters);
	const orTooLong =
		long && !said ? ` Or the request is too long: it names ${long.what}. ${long.shorten}` : '';
	switch (status) {
		case 407:
			return {
				code: 'invalid-request',
				summary: 'The proxy between this machine and the API asks for credentials (407).',
				remedy:
					"Put the proxy's user and password into its address, or correct them. They have nothing to do with the Compliance Access Key.",
			};
		case 413:
			return {
				code: 'unavailable',
				summary:
					'A proxy or gateway between this machine and the API rejects the answer as too large (413).',
				remedy: 'Let the proxy or gateway pass larger answers. Smaller pages were requested first.',
			};
		case 429:
			return {
				code: 'rate-limited',
				summary: `The API limits the rate of requests (429)${retryAfterMs === undefined ? '' : `; it asks to wait ${describeSeconds(retryAfterMs)}`}.`,
				remedy:
					'Run this integration less often, or slow the others down: all integrations of the organization share the limit of 600 requests a minute.',
			};
		case 511:
			return {
				code: 'unavailable',
				summary: 'The network between this machine and the API asks to sign in (511).',
				remedy: 'Sign in to the network, or use another one.',
			};
	}
	if (status >= 500 || status === 408) {
		return {
			code: 'unavailable',
			summary: `The API is unavailable for now (${status}).`,
			remedy: 'Try again later. If this persists, look at the status page of Anthropic.',
		};
	}
	if (long && (status === 414 || status === 431)) {
		return {
			code: 'invalid-request',
			summary: `The request is too long for the API, or for a proxy on the way to it (${status}): it names ${long.what}.`,
			remedy: long.shorten,
		};
	}
	if (body.foreign === 'page' || (body.foreign === 'other' && status !== 404)) {
		const what = body.foreign === 'page' ? ' and a web page' : said ? `: "${said}"` : '';
		return {
			code: 'unavailable',
			summary: `Something between this machine and the API answered with status ${status}${what}.`,
			remedy: `Allow the request in the proxy or firewall that most likely blocks it, or check the base URL.${orTooLong}`,
		};
	}
	switch (status) {
		case 400:
			return {
				code: 'invalid-request',
				summary: `The API does not accept the request (400).${quoted}`,
				remedy: `Check the filters; the API names the parameter that it refuses.${orTooLong}`,
			};
		case 401:
			return {
				code: 'key-invalid',
				summary: `The API does not accept the Compliance Access Key: it is invalid, revoked or expired (401).${quoted}`,
				remedy:
					'Check that the whole key was copied. If it was revoked or has expired, create a new one and use that. A key for models (sk-ant-api03-…) does not work here.',
			};
		case 403:
			return adviceOnForbidden(body, quoted, asked);
		case 404:
			return {
				code: 'not-found',
				summary: `There is no ${asked.resource} at this address (404).${quoted}`,
				remedy: `Check the base URL, that the Compliance API is enabled for the organization, and that nothing on the way drops the x-api-key header.${orTooLong}`,
			};
		default:
			return {
				code: 'invalid-request',
				summary: `The API refused the request with status ${status}.${quoted}`,
				remedy: 'Check the base URL and any proxy or gateway between this machine and the API.',
			};
	}
}

/** A 403 means a missing scope, or an organization out of reach if the request names organizations. */
function adviceOnForbidden({ visible }: ErrorBody, quoted: string, asked: Asked): Advice {
	const otherKey = `Create a key with the scope ${asked.scopes}; the scopes of an existing key cannot be changed.`;
	const fewer =
		'Remove organization ids that the key does not reach, or use a key of their parent organization.';
	if (quoted === '') {
		return {
			code: 'scope-missing',
			summary: 'The request was refused (403), and the answer does not say by whom or why.',
			remedy: `If a proxy or firewall blocks the request, allow it, or check the base URL. Otherwise the key may lack a scope. ${otherKey}`,
		};
	}
	if (asked.filters.organizationIds.length === 0) {
		return {
			code: 'scope-missing',
			summary: `The key lacks a scope (403).${quoted}`,
			remedy: otherKey,
		};
	}
	if (visible) {
		return {
			code: 'organization-out-of-reach',
			summary: `The key does not reach all requested organizations (403).${quoted}`,
			remedy: fewer,
		};
	}
	return {
		code: 'scope-missing',
		summary: `The key may not read the requested ${asked.what} (403).${quoted}`,
		remedy: `${otherKey} If it has one of these scopes: ${fewer}`,
	};
}

/** The answer's `request-id`, if it is safe to show and to store. */
export function requestIdOf({ headers }: HttpResponse): string | undefined {
	const id = headers['request-id'];
	return id !== undefined && /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}

/** Whether the body is a web page, like those of proxies and login pages. */
export function looksLikeHtml({ headers, body }: HttpResponse): boolean {
	const begins = body.subarray(0, MAX_ERROR_BYTES).toString();
	return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*</.test(begins);
}

/** The content of a refusal's body. */
interface ErrorBody {
	readonly message?: string | undefined;
	/** Whether it carries `error_visibility`. */
	readonly visible?: boolean;
	/** The kind of body, if it is not an error of the API. */
	readonly foreign?: 'page' | 'other' | undefined;
}

function errorBodyOf(response: HttpResponse): ErrorBody {
	const { body } = response;
	const json = body.length <= MAX_ERROR_BYTES ? fieldsOf(parsed(body.toString())) : {};
	const error = fieldsOf(json.error);
	if (typeof error.message === 'string' || typeof error.type === 'string') {
		const visible = 'error_visibility' in fieldsOf(error.details);
		return { message: quoteAny(error.message), visible };
	}
	if (looksLikeHtml(response)) return { foreign: 'page' };
	if (body.toString('utf8', 0, MAX_ERROR_BYTES).trim() === '') return {};
	return { message: quoteAny(json.error) ?? quoteAny(json.message), foreign: 'other' };
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** A text that is safe to show, if there is one. */
function quoteAny(value: unknown): string | undefined {
	return quote(stringOf(value) ?? '') || undefined;
}

/** The longest filter, if it makes the request long. */
function longListOf(filters: Filters): { what: string; shorten: string } | undefined {
	const longest = longestOf(filters);
	return longest.length < LONG_LIST_CHARACTERS ? undefined : longest;
}
