import { ActivityFeed } from './activity-feed/activity-feed';
import { systemClock } from './activity-feed/clock';
import { type RunningServer, startActivityFeed } from './activity-feed/server';

const DAY = 24 * 60 * 60_000;
const BETWEEN_ACTIVITIES_MS = 20_000;

/** A description of the people's work. */
export const PACE = `something new every ${BETWEEN_ACTIVITIES_MS / 1000} seconds`;

/**
 * Serves the feed of a company with activities of 90 days. Its people continue to work until the
 * server is closed.
 */
export async function startCompanyAtWork(): Promise<RunningServer> {
	const feed = new ActivityFeed({ clock: systemClock });
	feed.generate({ count: 2000, from: Date.now() - 90 * DAY, to: Date.now() });
	const server = await startActivityFeed(feed);
	const work = setInterval(
		() => feed.generate({ count: 1, from: Date.now() - 1, to: Date.now() }),
		BETWEEN_ACTIVITIES_MS,
	);
	return {
		url: server.url,
		close: () => {
			clearInterval(work);
			return server.close();
		},
	};
}
