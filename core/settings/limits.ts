import { DAY_MS } from '../instant';

/*
 * The bounds and the defaults of settings, for the Action and the n8n nodes. A test compares the
 * texts of action.yml and of the panels with them.
 */

/** How far back the first sync starts, in days. */
export const DEFAULT_BACKFILL_DAYS = 90;

/** The API documents that an activity may appear up to 1 minute late. In milliseconds. */
export const DEFAULT_OVERLAP_MS = 5 * 60_000;
/**
 * Twice the lag that the API documents, in milliseconds. The clocks of its servers may differ. If
 * they differ by more than the overlap exceeds that lag, activities can be lost.
 */
export const LEAST_OVERLAP_MS = 2 * 60_000;
/** In milliseconds. Each sync reads the overlap again. */
export const LONGEST_OVERLAP_MS = DAY_MS;

/** The most activities that the API returns in a page. */
export const MAX_PAGE_SIZE = 5000;

/** The part of the organization's request limit that is used; the rest is left to its other integrations. */
export const DEFAULT_RATE_LIMIT_SHARE = 0.8;
