import diagnostics from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { LONGEST_SILENCE_MS } from './http-rules';

const CHANNEL = 'net.client.socket';

/**
 * Closes each connection of this process that receives nothing at all for a time. The Action's own
 * requests have their own timeouts. GitHub's libraries for the cache and for artifacts have none while a
 * proxy keeps them waiting for a tunnel, and no option for one.
 *
 * @param longest milliseconds
 * @returns a function that removes the limit for later connections
 */
export function limitSilence(longest = LONGEST_SILENCE_MS): () => void {
	const limit = (message: unknown) => {
		const { socket } = message as { socket: Socket };
		socket.setTimeout(longest, () => {
			if (socket.bytesRead > 0) return;
			socket.destroy(new Error(`the connection received nothing within ${longest / 1000} s`));
		});
	};
	diagnostics.subscribe(CHANNEL, limit);
	return () => void diagnostics.unsubscribe(CHANNEL, limit);
}
