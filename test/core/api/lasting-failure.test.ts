import { expect, test } from '@jest/globals';
import { lastingFailure } from '../../../core';

const failing = (code: string, message = '') => Object.assign(new Error(message), { code });

test.each([
	['SELF_SIGNED_CERT_IN_CHAIN', 'NODE_EXTRA_CA_CERTS'],
	['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
	['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
	['UNABLE_TO_GET_ISSUER_CERT', 'NODE_EXTRA_CA_CERTS'],
	['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'NODE_EXTRA_CA_CERTS'],
	['CERT_HAS_EXPIRED', 'clock'],
	['CERT_NOT_YET_VALID', 'clock'],
	['ERR_TLS_CERT_ALTNAME_INVALID', 'address'],
	['HOSTNAME_MISMATCH', 'address'],
	['CERT_REVOKED', 'Look at the certificate'],
	['ERR_SSL_WRONG_VERSION_NUMBER', 'HTTPS_PROXY'],
	['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'HTTPS_PROXY'],
])('%s comes with a remedy and the name of the server, also as a cause', (code, remedy) => {
	const wrapped = new Error('wrapped', { cause: new Error('again', { cause: failing(code) }) });
	const expected = {
		code: 'certificate-refused',
		summary: expect.stringMatching(new RegExp(`GitHub.* \\(${code}\\)\\.$`)),
		remedy: expect.stringContaining(remedy),
	};
	expect(lastingFailure(failing(code), 'GitHub')).toMatchObject(expected);
	expect(lastingFailure(wrapped, 'GitHub')).toMatchObject(expected);
});

test('an address that is not a URL comes with a remedy, also as a cause', () => {
	const wrapped = new Error('wrapped', { cause: failing('ERR_INVALID_URL') });
	expect(lastingFailure(wrapped)).toMatchObject({
		code: 'invalid-setting',
		summary:
			'The address of the API, or of a proxy on the way to it, is not a URL (ERR_INVALID_URL).',
		remedy: expect.stringContaining('begins with http://'),
	});
});

test('NODE_EXTRA_CA_CERTS is not suggested if it is set', () => {
	const environment = { NODE_EXTRA_CA_CERTS: '/etc/other.pem' };
	const remedyOf = (code: string) => lastingFailure(failing(code), 'the API', environment)?.remedy;
	expect(remedyOf('SELF_SIGNED_CERT_IN_CHAIN')).toMatch(
		/into \/etc\/other\.pem, to which NODE_EXTRA_CA_CERTS is set/,
	);
	expect(remedyOf('CERT_HAS_EXPIRED')).not.toContain('NODE_EXTRA_CA_CERTS');
});

test('older OpenSSL says only in its message that the server does not speak TLS', () => {
	const said = '00:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl3.c:355:';
	expect(lastingFailure(failing('EPROTO', said))?.remedy).toContain('HTTPS_PROXY');
	expect(lastingFailure(failing('EPROTO', 'handshake failure'))).toBeUndefined();
});

test.each(['ECONNRESET', 'ENOTFOUND', 'Z_DATA_ERROR', 'ERR_SSL_BAD_RECORD_TYPE'])(
	'%s may pass',
	(code) => expect(lastingFailure(failing(code))).toBeUndefined(),
);

test('a circle of causes ends the search', () => {
	const error = new Error('circle');
	error.cause = error;
	expect(lastingFailure(error)).toBeUndefined();
});
