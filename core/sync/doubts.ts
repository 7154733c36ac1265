import type { ApiClient } from '../api/client';
import type { CheckpointContents } from './checkpoint';
import { UserError } from '../errors';
import { DAY_MS, formatInstant, type Instant, toInstant } from '../instant';
import { isAnother } from '../api/organization';
import type { Page } from '../api/activities';

/** How far a start may be ahead of the API's clock, because it comes from another clock. */
const CLOCK_TOLERANCE_MS = DAY_MS;

/**
 * Checks whether pages match the checkpoint. Headers may vary from answer to answer, so a page that
 * does not match is requested once more.
 */
export class Doubts {
	#ofOrganization = false;
	#ofClock = false;

	constructor(private readonly client: Pick<ApiClient, 'organization'>) {}

	/**
	 * Whether to request a page again.
	 *
	 * @param known the contents of the checkpoint that the sync continues from
	 * @param first whether no page has been accepted yet
	 * @throws UserError the second time: `other-organization` if the answers name another one than
	 *   the checkpoint, `invalid-checkpoint` if the API's clock is behind the checkpoint
	 */
	about(page: Page, known: CheckpointContents, first: boolean): boolean {
		return this.#isOfAnother(page, known) || (first && this.#isBehind(page, known));
	}

	#isOfAnother({ requestId }: Page, { organization }: CheckpointContents): boolean {
		if (!isAnother(organization, this.client.organization.named)) return false;
		if (this.#ofOrganization) throw otherOrganization(requestId);
		this.#ofOrganization = true;
		return true;
	}

	#isBehind({ date, requestId }: Page, { frontier, start }: CheckpointContents): boolean {
		const least = frontier ?? toInstant(start - CLOCK_TOLERANCE_MS);
		if (date === undefined || least <= date) return false;
		if (this.#ofClock) throw frontierAhead(least, date, requestId);
		this.#ofClock = true;
		return true;
	}
}

function otherOrganization(requestId: string | undefined): UserError {
	return new UserError(
		'other-organization',
		'The key belongs to another organization than the checkpoint.',
		{
			remedy:
				'Use a key of the first organization again; the checkpoint is unchanged. To read the other one, set another backfill start, or give it its own checkpoint.',
			requestId,
		},
	);
}

function frontierAhead(settled: Instant, date: Instant, requestId: string | undefined): UserError {
	return new UserError(
		'invalid-checkpoint',
		`The checkpoint calls everything up to ${formatInstant(settled)} settled, but the API's clock says ${formatInstant(date)}.`,
		{
			remedy:
				'Remove the checkpoint, or set a backfill start, to sync again. It was damaged or made with a wrong clock; a sync that continues from it misses the activities in between.',
			requestId,
		},
	);
}
