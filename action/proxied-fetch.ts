import fetch, { type RequestInit, type Response } from 'node-fetch';
import { agentFor } from './proxy';

/** `fetch` of node-fetch, which by itself knows no proxy. */
export function proxiedFetch(url: string, init: RequestInit): Promise<Response> {
	return fetch(url, { ...init, agent: (target) => agentFor(target) });
}
