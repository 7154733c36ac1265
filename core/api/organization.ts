import { fingerprint } from '../fingerprint';
import type { HttpResponse } from './http';

/**
 * The organization of the feed, in the form of a checkpoint: its fingerprint, `varies` if answers to
 * one key name several, or `null` while no answer has named one.
 */
export type OrganizationMark = string | null;

export const VARIES = 'varies';

/**
 * The organization that the answers to one key name. Errors do not count, because they may come from
 * a proxy in between.
 */
export class Organization {
	#named: OrganizationMark = null;

	/** The organization that all answers so far name; `varies` if they differ. */
	get named(): OrganizationMark {
		return this.#named;
	}

	/** Notes an answer. An answer without an organization, as behind some gateways, changes nothing. */
	learn({ headers }: HttpResponse): void {
		const id = headers['anthropic-organization-id'];
		if (id === undefined || !/^[\w-]{1,128}$/.test(id)) return;
		const mark = fingerprint(id.toLowerCase());
		this.#named = this.#named === null || this.#named === mark ? mark : VARIES;
	}
}

/** Whether a run's answers name another organization than the checkpoint. */
export function isAnother(known: OrganizationMark, named: OrganizationMark): boolean {
	return [known, named].every((mark) => mark !== null && mark !== VARIES) && known !== named;
}

/**
 * The organization in the checkpoint after a run. Once it varies, it is never trusted again. Answers
 * without an organization do not change it.
 */
export function knownAfter(known: OrganizationMark, named: OrganizationMark): OrganizationMark {
	return known === null || named === VARIES ? named : known;
}
