import type { Activity } from '../activity/activity';
import type { ApiClient } from '../api/client';
import { MAX_OWN_REQUESTS } from './checkpoint';
import { describeSeconds } from '../errors';
import type { Instant } from '../instant';
import {
	type OpenRequest,
	OWN_REQUEST_LAG_MS,
	type OwnRequests,
	type Recognition,
} from './own-requests';
import type { LoggedRequest } from '../api/request-log';
import type { Page } from '../api/activities';

/** A larger difference means that the server's clock was ahead. A smaller one may have other reasons. */
const ALARMING_CLOCK_MS = 30_000;

/** The parts of the client that a sync uses. */
export type ClientKnowledge = Pick<ApiClient, 'clock' | 'organization' | 'requests'>;

/**
 * The activities of own requests: how to recognise them, and what they show about the API's clock.
 */
export class OwnActivities {
	/** Whether there are own requests that no delivered checkpoint contains yet. */
	unstored = false;

	/**
	 * @param requests the requests that the checkpoint knows
	 * @param overlap in milliseconds
	 * @param warn gets warnings about harmless oddities
	 */
	constructor(
		private readonly requests: OwnRequests,
		private readonly client: ClientKnowledge,
		private readonly overlap: number,
		private readonly warn: (message: string) => void,
	) {}

	/**
	 * Remembers earlier requests that the checkpoint may lack, for example because the last one was
	 * not stored.
	 *
	 * @param settled activities up to here have been read
	 * @param least as in `note`
	 */
	recall(settled: Instant, least: Instant): void {
		const { latest } = this.client.requests;
		const leastAt = settled - OWN_REQUEST_LAG_MS;
		this.#remember(
			latest.filter(({ at }) => at === undefined || at >= leastAt),
			least,
		);
	}

	/**
	 * Remembers the requests since the last call.
	 *
	 * @param least the earliest time of requests whose own time is not known
	 */
	note(least: Instant): void {
		this.#remember(this.client.requests.take(), least);
	}

	/** The activities of a page that own requests have caused. */
	recognize(
		activities: readonly Activity[],
		{ readAt }: Page,
		isKnown: (activity: Activity) => boolean,
	): Recognition {
		const recognition = this.requests.recognize(activities, isKnown, readAt);
		if (recognition.doubtful) this.#warnOfDoubt();
		return recognition;
	}

	/**
	 * Notes a new activity that an own request has caused. Its time comes from the API's clock, and
	 * shows whether the `Date` of the answer was correct.
	 */
	came({ requestId, createdAt }: Activity, request: OpenRequest): void {
		this.requests.close(request);
		const { clock, requests } = this.client;
		const logged = requestId === undefined ? undefined : requests.find(requestId);
		if (logged) clock.learn(createdAt, logged.answeredAt);
		const ahead = request.until - OWN_REQUEST_LAG_MS - createdAt;
		if (ahead <= ALARMING_CLOCK_MS) return;
		this.warn(
			`The Date of an answer was ${describeSeconds(ahead)} ahead of the API's own clock. Activities that appear almost as late as the overlap of ${describeSeconds(this.overlap)} could be missed. If this persists, check any proxy or gateway between this machine and the API, and choose a longer overlap.`,
		);
	}

	#remember(requests: readonly LoggedRequest[], least: Instant): void {
		if (requests.length === 0) return;
		this.unstored = true;
		for (const request of requests) this.requests.add(request, least);
		this.requests.shrink(MAX_OWN_REQUESTS);
	}

	/** Warns once for all runs of a reader, because the cause remains. */
	#warnOfDoubt(): void {
		const { requests } = this.client;
		if (requests.warnedOfDoubt) return;
		requests.warnedOfDoubt = true;
		this.warn(
			'The activities of own requests cannot be distinguished from those of others. The answers lack the request-id of the API, and key, address and time are not conclusive. So these activities count as new. Let any proxy or gateway between this machine and the API pass the header request-id of the answers.',
		);
	}
}
