import type { ActivityFeed } from './activity-feed';
import { ORGANIZATIONS } from './generator';
import { ACCESS_KEY, READ_SCOPE } from './keys';

/** Another key of the organization that `ACCESS_KEY` is of. */
export const ROTATED_KEY = 'sk-ant-api01-of-the-same-organization';
/** A key of the other organization. */
export const OTHER_KEY = 'sk-ant-api01-of-another-organization';

/** What an activity says of its organization. */
export const [HERE, THERE] = ORGANIZATIONS.map(({ id, uuid }) => ({
	organization_id: id,
	organization_uuid: uuid,
})) as Record<string, string>[] as [Record<string, string>, Record<string, string>];

/** Lets each key read the activities of its organization, and no others. */
export function separate(feed: ActivityFeed): void {
	for (const [key, { organization_id: id = '' }] of [
		[ACCESS_KEY, HERE],
		[ROTATED_KEY, HERE],
		[OTHER_KEY, THERE],
	] as const) {
		feed.grant(key, { scopes: [READ_SCOPE], organizations: [id] });
	}
}
