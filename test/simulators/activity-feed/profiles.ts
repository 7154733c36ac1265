import type { ActivityFeedOptions } from './activity-feed';
import type { ServerOptions } from './server';

/** The properties of a feed and of the way to it, without its clock. */
export type Profile = Omit<ActivityFeedOptions, 'clock'> & ServerOptions;

/** A feed without oddities. */
export const plain: Profile = {};

/** The oddities of the real world. Readers must have the same results with both profiles. */
export const rough: Profile = {
	// More than the half millisecond that is added to times, so nothing happens in the future.
	clockAhead: 0.617,
	addMicroseconds: true,
	nodeClocksApart: 3000,
	requestIds: false,
	gateway: true,
	cursorsBoundToQuery: true,
};

/** Both profiles, for suites that run with each. */
export const profiles: Readonly<Record<'plain' | 'rough', Profile>> = { plain, rough };
