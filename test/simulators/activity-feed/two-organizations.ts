import type { ActivityFeed } from './activity-feed';
import { ORGANIZATIONS } from './generator';
import { ACCESS_KEY, READ_SCOPE } from './keys';

/** Another key of the organization of `ACCESS_KEY`. */
export const ROTATED_KEY = 'sk-ant-api01-of-the-same-organization';
/** A key of the other organization. */
export const OTHER_KEY = 'sk-ant-api01-of-another-organization';

/** The fields of an activity for its organization. */
export const [HERE, THERE] = ORGANIZATIONS.map(({ id, uuid }) => ({
	organization_id: id,
	organization_uuid: uuid,
})) as Record<string, string>[] as [Record<string, string>, Record<string, string>];

/** Lets each key read only the activities of its organization. */
export function separate(feed: ActivityFeed): void {
	for (const [key, { organization_id: id = '' }] of [
		[ACCESS_KEY, HERE],
		[ROTATED_KEY, HERE],
		[OTHER_KEY, THERE],
	] as const) {
		feed.grant(key, { scopes: [READ_SCOPE], organizations: [id] });
	}
}
