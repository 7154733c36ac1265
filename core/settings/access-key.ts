import { UserError } from '../errors';

const CREATE_KEY =
	'Create a Compliance Access Key (sk-ant-api01-…) with the scope read:compliance_activities in the settings of Claude Enterprise, or an Admin API key (sk-ant-admin01-…) in the Claude Console after the Compliance API has been enabled.';

/**
 * Checks the form of a key before it is sent anywhere.
 *
 * It refuses only keys that can never work, so that future formats still pass.
 *
 * @param text the key from the user; white space around it is removed
 * @returns the key to send in `x-api-key`
 * @throws UserError `key-missing`, `key-malformed` or `key-for-models`
 */
export function parseAccessKey(text: string): string {
	const key = text.trim();
	if (key === '') {
		throw new UserError('key-missing', 'No Compliance Access Key was given.', {
			remedy: `${CREATE_KEY} If it comes from a secret, check that the secret exists and is passed on.`,
		});
	}
	if (!/^sk-ant-[\w-]+$/.test(key)) {
		throw new UserError(
			'key-malformed',
			'The Compliance Access Key does not look like a key of Anthropic. Keys of Anthropic begin with sk-ant- and hold only letters, digits, - and _.',
			{ remedy: 'Copy the key again, whole and without quotes.' },
		);
	}
	if (key.startsWith('sk-ant-api03-')) {
		throw new UserError(
			'key-for-models',
			'The key given is for calling models (sk-ant-api03-…); it cannot read the Activity Feed.',
			{ remedy: CREATE_KEY },
		);
	}
	return key;
}
