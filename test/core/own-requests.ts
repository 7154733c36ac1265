import type { Checkpoint, Instant } from '../../core';
import { fingerprint } from '../../core/fingerprint';
import { OwnRequests } from '../../core/sync/own-requests';

const BYTES_A_CALL = 21;

/** Own requests, each by its `request-id` and its time; one with a name is known by that as well. */
export function ownRequestsOf(
	calls: Iterable<readonly [id: string, at: Instant, name?: string | undefined]>,
): OwnRequests {
	const set = new OwnRequests();
	for (const [id, at, name] of calls) {
		set.add({ id, anonymous: false, name, at, answeredAt: at }, at);
	}
	return set;
}

/** The own requests that a checkpoint knows: until when each matters, by the fingerprint of its id. */
export function callsIn({ ownRequests }: Pick<Checkpoint, 'ownRequests'>): Map<string, number> {
	const bytes = Buffer.from(ownRequests, 'base64');
	const calls = new Map<string, number>();
	for (let at = 0; at < bytes.length; at += BYTES_A_CALL) {
		calls.set(bytes.toString('hex', at, at + 8), bytes.readUIntBE(at + 16, 5) * 1000);
	}
	return calls;
}

/** Until when an own request matters; `undefined` if the checkpoint does not know it. */
export function untilOf(checkpoint: Pick<Checkpoint, 'ownRequests'>, id: string) {
	return callsIn(checkpoint).get(fingerprint(id));
}
