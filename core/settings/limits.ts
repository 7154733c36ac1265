import { DAY_MS } from '../instant';

/*
 * What users may set, and what holds where they set nothing, for the Action and the n8n nodes. A test
 * holds the texts of action.yml and of the panels to it.
 */

/** How far back the first sync starts, in days. */
export const DEFAULT_BACKFILL_DAYS = 90;

/** The API documents that an activity may appear up to 1 minute late. In milliseconds. */
export const DEFAULT_OVERLAP_MS = 5 * 60_000;
/**
 * Twice the lag that the API documents, in milliseconds. Some activities are lost when the clocks of
 * its servers, which nobody can see, differ by more than what the overlap has beyond that lag.
 */
export const LEAST_OVERLAP_MS = 2 * 60_000;
/** In milliseconds. The overlap is read again and again. */
export const LONGEST_OVERLAP_MS = DAY_MS;

/** Activities a page, the most that the API gives. */
export const MAX_PAGE_SIZE = 5000;

/** The part of the organization's request limit that is used; the rest is left to its other integrations. */
export const DEFAULT_RATE_LIMIT_SHARE = 0.8;
