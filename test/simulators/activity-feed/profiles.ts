import type { ActivityFeedOptions } from './activity-feed';
import type { ServerOptions } from './server';

/** What a feed is like, and the way to it; its harness gives it a clock. */
export type Profile = Omit<ActivityFeedOptions, 'clock'> & ServerOptions;

/** A feed that nothing is in the way of. */
export const plain: Profile = {};

/** What the world adds to it. Readers have to come to the same results with both. */
export const rough: Profile = {
	// More than the half millisecond that is added to times: nothing has happened later than now.
	clockAhead: 0.617,
	addMicroseconds: true,
	nodeClocksApart: 3000,
	requestIds: false,
	gateway: true,
	cursorsBoundToQuery: true,
};

/** For suites that run with each. */
export const profiles: Readonly<Record<'plain' | 'rough', Profile>> = { plain, rough };
