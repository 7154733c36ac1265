import type { Watcher } from '../core';
import type { Inputs } from './inputs';

/**
 * What looks for alerts. Its rules are loaded only if they are wanted.
 *
 * @returns `undefined` when nothing is watched
 * @throws UserError `invalid-setting` when the file of watches cannot be used
 */
export async function openWatcher({ watches }: Inputs): Promise<Watcher | undefined> {
	if (watches === 'off') return undefined;
	const { Watcher, defaultWatches } = await import('./default-watches');
	if (watches === 'default') return new Watcher(defaultWatches);
	const { readWatches } = await import('./watches-file');
	return new Watcher(await readWatches(watches.file));
}
