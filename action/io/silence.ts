import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { LONGEST_SILENCE_MS } from './http-rules';

const CHANNEL = 'net.client.socket';

/**
 * Closes each connection of this process over which nothing has ever come for so long. Requests of the
 * Action have limits of their own; GitHub's libraries for the cache and for artifacts have none while a
 * proxy keeps them waiting for a tunnel, and let nobody in to set one.
 *
 * @returns what lifts the limit for later connections
 */
export function limitSilence(longest = LONGEST_SILENCE_MS): () => void {
	const limit = (message: unknown) => {
		const { socket } = message as { socket: Socket };
		socket.setTimeout(longest, () => {
			if (socket.bytesRead > 0) return;
			socket.destroy(new Error(`nothing came over the connection within ${longest / 1000} s`));
		});
	};
	diagnostics.subscribe(CHANNEL, limit);
	return () => void diagnostics.unsubscribe(CHANNEL, limit);
}
