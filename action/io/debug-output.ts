import { UserError } from '../../core';

/**
 * Refuses to run when Node may print requests with the key. Node reads NODE_DEBUG before any program
 * runs, so the Action cannot switch it off. Which of its values print headers depends on the version.
 *
 * @throws UserError when NODE_DEBUG is set
 */
export function refuseDebugOutput(): void {
	if (!process.env.NODE_DEBUG) return;
	throw new UserError(
		'invalid-setting',
		'NODE_DEBUG is set: Node would print requests with their keys and tokens.',
		{ remedy: 'Unset this environment variable.' },
	);
}
