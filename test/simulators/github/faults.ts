import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson } from './loopback';

/**
 * A service that does not work: the connection is cut, or every call gets this HTTP status.
 * The libraries give up at once on a cut connection and on 501, but retry 500, 502, 503 and 504
 * for about half a minute.
 */
export type Outage = 'unreachable' | number;

/** What a test makes go wrong. Set and clear the properties between, or during, runs. */
export interface Faults {
	/** `denied`: the token may not read; `download`: the signed URL has expired. */
	cacheRead?: 'denied' | 'download' | Outage;
	/**
	 * `read-only`: refused as for a low-trust trigger; `refused`: as if another job held the
	 * reservation; `upload`: the signed URL has expired; `finalize`: the upload is not accepted.
	 */
	cacheWrite?: 'read-only' | 'refused' | 'upload' | 'finalize' | Outage;
	/** `upload`: the signed URL has expired; `finalize`: the upload is not accepted. */
	artifacts?: 'upload' | 'finalize' | Outage;
	/** The REST API. */
	api?: Outage;
}

/** Acts out an outage; false when this fault is none, or one the service itself must act out. */
export function actOut(
	fault: string | number | undefined,
	request: IncomingMessage,
	response: ServerResponse,
): boolean {
	if (fault === 'unreachable') {
		request.socket.destroy();
		return true;
	}
	if (typeof fault === 'number') {
		sendJson(response, fault, { code: 'unavailable', msg: 'outage', message: 'outage' });
		return true;
	}
	return false;
}
