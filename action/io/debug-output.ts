import { UserError } from '../../core';

/**
 * Refuses to go on where Node prints what it sends, and the key with it. Node reads the variable before
 * any program runs, so it can only be refused; and which of its words print headers differs by version.
 *
 * @throws UserError when NODE_DEBUG is set
 */
export function refuseDebugOutput(): void {
	if (!process.env.NODE_DEBUG) return;
	throw new UserError(
		'invalid-setting',
		'NODE_DEBUG is set: Node would print what is sent, and keys and tokens with it.',
		{ remedy: 'Unset this environment variable.' },
	);
}
