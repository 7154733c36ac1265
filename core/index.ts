export { parseAccessKey } from './settings/access-key';
export { Activity, COMPLIANCE_API_ACCESSED } from './activity/activity';
export { parseBackfillStart } from './settings/backfill-start';
export { isLoopback, parseBaseUrl } from './settings/base-url';
export {
	ACCEPTED_CODINGS,
	type Body,
	BodyTooLarge,
	decodeBody,
	MAX_BODY_BYTES,
	utf8Body,
} from './api/body';
export { activityTypes } from './activity/catalogue/activity-types';
export { typesOfCategory } from './activity/catalogue/catalogue';
export { categories, type Category } from './activity/catalogue/category';
export { labelOf } from './activity/catalogue/label';
export {
	adoptOwnRequests,
	type Checkpoint,
	MAX_CHECKPOINT_LENGTH,
	MAX_PAIR_LENGTH,
	parseCheckpoint,
	rewindCheckpoint,
} from './sync/checkpoint';
export { CHECKPOINT_VERSION } from './sync/checkpoint-migrations';
export { UserError, OutOfTime, quote } from './errors';
export { bothFailures, describeFailure, traceFailure } from './failure';
export { parseExactly } from './json/exact-json';
export { fieldsOf } from './json/json-value';
export { Feed, type Order } from './api/activities';
export { ApiClient } from './api/client';
export {
	checkFilters,
	describeFilters,
	type FilterName,
	entriesOf,
	type Filters,
	filtersIn,
	NO_FILTERS,
	parseFilters,
} from './api/filters';
export { fingerprint } from './fingerprint';
export { formats } from './formats';
export { raw } from './formats/raw';
export { detailsOf } from './activity/details';
export { type Outcome, outcomeOf } from './activity/outcome';
export { severityOf } from './activity/severity';
export { isAtLeast, severities, type Severity } from './activity/severity-scale';
export { targetUserOf } from './activity/targets';
export { toEcs } from './formats/ecs/ecs';
export { flatten } from './formats/flat';
export { type Format, type FormatName, formatNames } from './formats/format';
export { toOcsf } from './formats/ocsf/ocsf';
export { Fingerprints } from './sync/fingerprints';
export { DISORDER_MS, oldestAfter } from './sync/frontier';
export type { Http, HttpResponse, Log } from './api/http';
export {
	DAY_MS,
	dayNumber,
	formatInstant,
	type Instant,
	LAST_INSTANT,
	parseInstant,
	toInstant,
	utcDay,
} from './instant';
export { lastingFailure, unknownCoding } from './api/lasting-failure';
export type { Lateness } from './sync/lateness';
export {
	DEFAULT_OVERLAP_MS,
	LEAST_OVERLAP_MS,
	LONGEST_OVERLAP_MS,
	MAX_PAGE_SIZE,
} from './settings/limits';
export { latestCounted } from './sync/future';
export { list } from './sync/list';
export { RecordReader } from './api/record-reader';
export { RequestLog } from './api/request-log';
export { PageSizes } from './api/page-sizes';
export { redirectTarget } from './api/redirect';
export type { SharedText } from './json/shared-text';
export { parseActivity } from './api/page';
export type { PageStore, StoredPage } from './sync/page-store';
export { product } from './product';
export type { Batch } from './sync/batch';
export { sync } from './sync/sync';
export { type Clocks, parseWrittenTime, type WrittenTime } from './settings/written-time';
export { Unreadable } from './activity/unreadable';
export { Counters, MAX_WATCH_LENGTH } from './watches/counters';
export { parseWatches } from './watches/parse-watches';
export type { Remark } from './watches/remark';
export type { Condition, Watch } from './watches/watch';
export { type Alert, severityWith, type Watched, Watcher } from './watches/watcher';
export { defaultWatches } from './watches/watches';
