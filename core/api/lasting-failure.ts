import { UserError, quote } from '../errors';
import { isObject, stringOf } from '../json/json-value';

const EXTRA_CERTIFICATES = 'NODE_EXTRA_CA_CERTS';

const TRUST_MORE = `If your company's proxy inspects TLS connections, set the environment variable ${EXTRA_CERTIFICATES} to a PEM file with the proxy's CA certificate, for the job or for the n8n process. If it is already set, that file lacks this certificate or cannot be read.`;

/** By the codes of Node and OpenSSL, what is wrong with a certificate, and what to do about it. */
const CERTIFICATES: readonly (readonly [codes: RegExp, summary: string, remedy: string])[] = [
	[
		/^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED|INVALID_CA)$/,
		'is signed by an authority that this machine does not know',
		TRUST_MORE,
	],
	[
		/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
		'has expired or is not valid yet',
		'Check the clock of this machine. If it is right, the server or a proxy in between needs a new certificate.',
	],
	[
		/^(ERR_TLS_CERT_ALTNAME_(INVALID|FORMAT)|HOSTNAME_MISMATCH)$/,
		'is for another name',
		'Check the requested address, the DNS, and any proxy between this machine and that address.',
	],
	[
		/^(CERT_(REVOKED|REJECTED|SIGNATURE_FAILURE|CHAIN_TOO_LONG)|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/,
		'cannot be trusted',
		'Look at the certificate, and at any proxy between this machine and the requested address.',
	],
];

/** The codes of a connection with TLS on only one side. The older code has the reason in its message. */
const NO_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/;
const NO_TLS_WORDS = /wrong version number|packet length too long/i;

/**
 * Why no answer arrived, if another try cannot help.
 *
 * @param error the error of the platform's HTTP; its cause may have the code
 * @param who the server, as messages call it
 * @param environment the environment variables, if they are known
 */
export function lastingFailure(
	error: unknown,
	who = 'the API',
	environment: Readonly<Record<string, string | undefined>> = {},
): UserError | undefined {
	for (const { code, message } of chainOf(error)) {
		const [, summary, advice] = CERTIFICATES.find(([codes]) => codes.test(code)) ?? [];
		if (summary !== undefined && advice !== undefined) {
			const file = environment[EXTRA_CERTIFICATES];
			const remedy = advice === TRUST_MORE && file ? trustOther(file) : advice;
			return new UserError(
				'certificate-refused',
				`The certificate of ${who}, or of a proxy in between, ${summary} (${code}).`,
				{ remedy },
			);
		}
		if (code === 'ERR_INVALID_URL') {
			return new UserError(
				'invalid-setting',
				`The address of ${who}, or of a proxy on the way to it, is not a URL (${code}).`,
				{
					remedy:
						'Check that address, and the proxy settings such as HTTPS_PROXY: the address of a proxy begins with http://.',
				},
			);
		}
		if (NO_TLS.test(code) || (code === 'EPROTO' && NO_TLS_WORDS.test(message))) {
			return new UserError(
				'certificate-refused',
				`A server or proxy on the way to ${who} does not speak TLS (${code}).`,
				{
					remedy:
						'If HTTPS_PROXY is set, its value most likely has to begin with http://, the protocol for talking to the proxy itself. Otherwise check the requested address.',
				},
			);
		}
	}
	return undefined;
}

/** The error for a body with an unknown content encoding. */
export function unknownCoding(coding: string, requestId?: string): UserError {
	return new UserError(
		'coding-unknown',
		`The answer has an unknown content encoding: ${quote(coding)}.`,
		{
			remedy:
				'Check for a proxy between this machine and the API that changes answers. Let it forward the header accept-encoding, or leave the answers of the API unchanged.',
			requestId,
		},
	);
}

/** Node silently ignores a file that it cannot use. */
function trustOther(file: string): string {
	return `Put the CA certificate of the proxy in between into ${quote(file)}, to which ${EXTRA_CERTIFICATES} is set. That file cannot be read, is not a PEM file, or lacks the certificate.`;
}

/** How deep to follow causes of causes. */
const MAX_CAUSES = 5;

/** An error and its causes, each with its code. */
function chainOf(error: unknown): { code: string; message: string }[] {
	const chain = [];
	// On some platforms, errors have another class than the Error of this code.
	for (let each = error; isObject(each) && chain.length <= MAX_CAUSES; each = each.cause) {
		chain.push({ code: stringOf(each.code) ?? '', message: stringOf(each.message) ?? '' });
	}
	return chain;
}
