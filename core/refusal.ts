import { ComplianceError, quote, seconds } from './errors';
import type { HttpResponse } from './http';

/**
 * Turns an answer that is no success into an error that says what to do.
 *
 * The status decides; the wording of the API's message only refines the advice, since it may change at
 * any time.
 *
 * @param retryAfterMs how long the API asks to wait
 */
export function refusal(response: HttpResponse, retryAfterMs: number | undefined): ComplianceError {
	const { status } = response;
	const requestId = requestIdOf(response);
	const said = messageOf(response);
	const quoted = said ? ` The API says: "${said.replace(/\.$/, '')}".` : '';
	const fail = (code: ComplianceError['code'], summary: string, remedy: string) =>
		new ComplianceError(code, summary, { remedy, requestId, status, retryAfterMs });

	if (status >= 500) {
		return fail(
			'unavailable',
			`The API is unavailable for now (${status}).`,
			'Nothing is lost; the next run goes on from the same place. If it stays so, look at the status page of Anthropic.',
		);
	}
	if (said === undefined && looksLikeHtml(response)) {
		return fail(
			'unavailable',
			`Something between this machine and the API answered with status ${status} and a web page.`,
			'A proxy or firewall most likely blocks the request: allow it, or check the base URL.',
		);
	}
	switch (status) {
		case 400:
			return fail(
				'invalid-request',
				`The API does not accept the request (400).${quoted}`,
				'Check the filters against what the API knows; it names the parameter it refuses.',
			);
		case 401:
			return /expired/i.test(said ?? '')
				? fail(
						'key-expired',
						`The Compliance Access Key has expired (401).${quoted}`,
						'Create a new key with the scope read:compliance_activities and put it in place of the old one.',
					)
				: fail(
						'key-invalid',
						`The API does not accept the Compliance Access Key (401).${quoted}`,
						'Check that the whole key was copied and that it has not been revoked; a key for models (sk-ant-api03-…) does not work here.',
					);
		case 403:
			// Both texts of the API hold the word "scope".
			return /\bneeded\b|\brequired scopes?\b/i.test(said ?? '')
				? fail(
						'scope-missing',
						`The key lacks a scope (403).${quoted}`,
						'Create a key with the scope read:compliance_activities; the scopes of an existing key cannot be changed.',
					)
				: fail(
						'organization-out-of-reach',
						`The key may not read what was asked for (403).${quoted}`,
						'Remove organization ids the key does not reach, or use a key of their parent organization with the scope read:compliance_activities.',
					);
		case 404:
			return fail(
				'not-found',
				`There is no Activity Feed at this address (404).${quoted}`,
				'Check the base URL, that the Compliance API is enabled for the organization, and that nothing on the way drops the x-api-key header.',
			);
		case 429:
			return fail(
				'rate-limited',
				`The API limits the rate of requests (429)${retryAfterMs === undefined ? '' : `; it asks to wait ${seconds(retryAfterMs)}`}.`,
				'The limit of 600 requests a minute is shared by every integration of the organization: run this one less often, or slow the others down. Nothing is lost; the next run goes on.',
			);
		default:
			return fail(
				'invalid-request',
				`The API refused the request with status ${status}.${quoted}`,
				'Check the base URL and what stands between this machine and the API.',
			);
	}
}

/** The answer's `request-id`, if it is fit to be shown and kept. */
export function requestIdOf({ headers }: HttpResponse): string | undefined {
	const id = headers['request-id'];
	return id !== undefined && /^[\w.:-]{1,128}$/.test(id) ? id : undefined;
}

/** Whether the body is a web page, as proxies and login walls send. */
export function looksLikeHtml({ headers, body }: HttpResponse): boolean {
	return /\bhtml\b/i.test(headers['content-type'] ?? '') || /^\s*</.test(body.toString());
}

function messageOf({ body }: HttpResponse): string | undefined {
	try {
		const message = (JSON.parse(body.toString()) as { error?: { message?: unknown } } | null)?.error
			?.message;
		return typeof message === 'string' ? quote(message) : undefined;
	} catch {
		return undefined;
	}
}
