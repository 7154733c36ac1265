import { fingerprint } from '../fingerprint';
import type { HttpResponse } from './http';

/**
 * Whose feed it is, as a checkpoint keeps it: the fingerprint of an organization, `varies` where
 * answers to one key name several, `null` as long as none has named any.
 */
export type OrganizationMark = string | null;

export const VARIES = 'varies';

/**
 * Which organization the answers to one key name. Errors do not count: they may come from a proxy in
 * between.
 */
export class Organization {
	#told: OrganizationMark = null;

	/** What all answers so far agree on; `varies` where they do not. */
	get told(): OrganizationMark {
		return this.#told;
	}

	/** Takes note of an answer. One that names none, as behind some gateways, changes nothing. */
	learn({ headers }: HttpResponse): void {
		const id = headers['anthropic-organization-id'];
		if (id === undefined || !/^[\w-]{1,128}$/.test(id)) return;
		const mark = fingerprint(id.toLowerCase());
		this.#told = this.#told === null || this.#told === mark ? mark : VARIES;
	}
}

/** Whether a run's answers are of another organization than the one that a checkpoint knows. */
export function isAnother(known: OrganizationMark, told: OrganizationMark): boolean {
	return [known, told].every((mark) => mark !== null && mark !== VARIES) && known !== told;
}

/**
 * What a checkpoint knows after a run. What varies once is never trusted again, and what was known
 * stays so where answers say nothing.
 */
export function knownAfter(known: OrganizationMark, told: OrganizationMark): OrganizationMark {
	return known === null || told === VARIES ? told : known;
}
