export { parseAccessKey } from './access-key';
export { Activity, COMPLIANCE_API_ACCESSED } from './activity';
export { type Actor, actorOf } from './actor';
export { parseBackfillStart } from './backfill-start';
export { isLoopback, parseBaseUrl } from './base-url';
export {
	ACCEPTED_CODINGS,
	type Body,
	BodyTooLarge,
	decodeBody,
	MAX_BODY_BYTES,
	utf8Body,
} from './body';
export { activityTypes } from './catalogue/activity-types';
export { categories, type Category, categoryOf } from './catalogue/category';
export { labelOf } from './catalogue/label';
export {
	adoptOwnRequests,
	type Checkpoint,
	CHECKPOINT_VERSION,
	MAX_CHECKPOINT_LENGTH,
	parseCheckpoint,
	rewindCheckpoint,
} from './checkpoint';
export { ComplianceError, OutOfTime, quote } from './errors';
export { parseExactly } from './exact-json';
export { Feed, type Order } from './feed';
export {
	checkFilters,
	describeFilters,
	type FilterName,
	type Filters,
	filtersIn,
	NO_FILTERS,
	parseFilters,
} from './filters';
export { fingerprint, Fingerprints } from './fingerprints';
export { DISORDER_MS, oldestAfter } from './frontier';
export type { Http, HttpResponse, Log } from './http';
export {
	DAY_MS,
	END_OF_TIME,
	dayNumber,
	formatInstant,
	type Instant,
	parseInstant,
	toInstant,
	utcDay,
} from './instant';
export { lastingFailure, unknownCoding } from './lasting-failure';
export type { Lateness } from './lateness';
export { list, type ListOptions } from './list';
export { OwnCalls } from './own-calls';
export { PageSizes } from './page-sizes';
export { parseActivity } from './page';
export type { PageStore, StoredPage } from './page-store';
export { product } from './product';
export { type Batch, MAX_PAGE_SIZE, type SyncOptions } from './intake';
export { sync } from './sync';
export { targetIdsOf } from './targets';
export { type Clocks, parseTimeSpan, type TimeSpan } from './time-span';
export { Unreadable } from './unreadable';
