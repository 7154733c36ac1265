import { BodyTooLarge } from './body';
import { UserError, quote } from '../errors';
import type { HttpResponse } from './http';
import { lastingFailure, unknownCoding } from './lasting-failure';
import { looksLikeHtml, requestIdOf } from './refusal';

/** By the codes of Node, why there is no connection, and what to check. Another try may succeed. */
const NO_CONNECTION: readonly (readonly [code: RegExp, summary: string, check: string])[] = [
	[
		/^ECONNREFUSED$/,
		'The connection to the API, or to a proxy on the way to it, was refused',
		'Check the base URL with its port, the proxy settings, and any firewall.',
	],
	[
		/^(ENOTFOUND|EAI_AGAIN)$/,
		'The name of the API, or of a proxy on the way to it, was not found',
		'Check the base URL for a typing error, then the proxy settings and the DNS of this machine.',
	],
];

/**
 * Why no complete answer arrived.
 *
 * @param error the error of the platform's HTTP; its own code counts, not that of a cause
 * @throws UserError for a failure that no further try can fix
 */
export function noAnswer(error: unknown): UserError {
	if (error instanceof BodyTooLarge) return answerTooLarge(error);
	const lasting = error instanceof UserError ? error : lastingFailure(error);
	if (lasting) throw lasting;
	const { code, message } = error as { code?: unknown; message?: unknown };
	const known = NO_CONNECTION.find(([codes]) => typeof code === 'string' && codes.test(code));
	if (known) {
		const [, summary, remedy] = known;
		return new UserError('unavailable', `${summary} (${String(code)}).`, { remedy });
	}
	const reason = typeof code === 'string' ? code : typeof message === 'string' ? message : '';
	// The address contains filters and a cursor, which do not belong in a log.
	const shown = quote(reason.replace(/https?:\/\/\S+/g, 'the API'));
	return new UserError(
		'unavailable',
		`No complete answer came from the API${shown ? ` (${shown})` : ''}.`,
		{
			remedy: 'Check the network, the proxy settings and the base URL.',
		},
	);
}

function answerTooLarge({ message }: BodyTooLarge): UserError {
	return new UserError('unavailable', `An answer of the API is too large (${message}).`, {
		remedy:
			'Check the base URL and any proxy or gateway between this machine and the API. Smaller pages were requested first.',
	});
}

/**
 * Why a good answer cannot be read. With the code `unavailable`, another try may succeed.
 *
 * @param error the error of reading it: a SyntaxError or a UserError
 * @param what the content of the answer, such as `activities`
 * @throws the error itself if it is neither
 */
export function unreadableAnswer(response: HttpResponse, error: unknown, what: string): UserError {
	if (error instanceof UserError) return error;
	if (!(error instanceof SyntaxError)) throw error;
	if (response.unknownCoding !== undefined) {
		return unknownCoding(response.unknownCoding, requestIdOf(response));
	}
	const came = looksLikeHtml(response) ? 'a web page' : 'a cut or unreadable body';
	return new UserError('unavailable', `The answer holds ${came} instead of ${what}.`, {
		remedy: 'Check for a proxy or login page between this machine and the API.',
		requestId: requestIdOf(response),
		status: response.status,
	});
}

/** The error for redirects to another origin or in circles. */
export function redirectRefused(response: HttpResponse): UserError {
	return new UserError(
		'redirect-refused',
		'The API address redirects to another origin, or in circles; the key is not sent there.',
		{
			remedy: 'Check the base URL and any proxy or gateway between this machine and the API.',
			requestId: requestIdOf(response),
			status: response.status,
		},
	);
}
