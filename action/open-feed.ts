import { ApiClient, Feed, type Log } from '../core';
import type { FeedInputs } from './feed-inputs';
import { complianceHttp } from './io/http';
import type { Pace } from './io/pace';

/** The address and the key of a feed; without a share, the default one. */
type FeedAccess = Pick<FeedInputs, 'accessKey' | 'baseUrl'> &
	Partial<Pick<FeedInputs, 'rateLimitShare'>>;

/** The Activity Feed at an address, through the proxy if there is one. */
export function openFeed(
	{ baseUrl, accessKey, rateLimitShare }: FeedAccess,
	{ now, sleep }: Pace,
	log: Log,
): Feed {
	const http = complianceHttp(accessKey);
	return new Feed(new ApiClient({ baseUrl, accessKey, rateLimitShare, http, now, sleep, log }));
}
