/**
 * The oddities of a history, each with its probability in a mix and its meaning. A history without
 * any has clocks that agree and count no fractions, and correct answers that take 0 to 5 s.
 */
const TABLE = {
	'fractional-clocks': [0.6, 'all clocks have fractions of a millisecond'],
	'fractional-start': [0.2, 'the first run starts at a fraction of a millisecond'],
	'skewed-clocks': [0.6, "the client's clocks are up to 1 h off"],
	'node-clocks': [0.4, "the server's nodes have clocks up to 3 s apart"],
	'late-rows': [0.5, 'rows appear as late as the overlap allows'],
	'long-overlap': [0.25, 'the overlap is up to 24 h'],
	'coarse-seconds': [0.15, 'times are shown in whole seconds, and compared in microseconds'],
	'coarse-millis': [0.15, 'times are shown in milliseconds, and compared in microseconds'],
	'bounds-cut': [0.2, 'bounds of the time filter are cut to seconds'],
	'rows-cut': [0.15, "a row's time is cut to seconds when a filter judges it"],
	disorder: [0.2, 'rows come up to 2 s out of order'],
	older: [0.2, 'rows show a time up to 2 s older than the one they are judged by'],
	'slow-requests': [0.3, 'some requests take 60 s'],
	'date-missing': [0.15, 'some answers have no Date'],
	'date-twice': [0.15, 'some answers have two Dates in one header'],
	'date-unreadable': [0.15, 'some answers have a Date that is none'],
	'date-ahead': [0.2, 'an answer of a run has a Date that is up to a year ahead'],
	'odd-times': [0.2, 'some rows have no created_at that can be read'],
	'odd-ids': [0.2, 'some rows have no id that can be read'],
	'future-rows': [0.2, 'some rows are dated up to a year ahead'],
	'rows-twice': [0.2, 'some pages hold a row twice'],
	'grown-rows': [0.2, 'some rows are served again with a field more'],
	'empty-pages': [0.2, 'some pages are empty, claim more, and move the cursor on'],
	'full-pages': [0.2, 'every full page claims more'],
	'no-last-id': [0.15, 'some pages claim more without a last_id'],
	'still-cursor': [0.15, 'some pages give back the cursor they were asked with'],
	violations: [0.2, 'some answers are no page, and are one at the next try'],
	'refused-cursors': [0.25, 'cursors are refused now and then, or for an interval'],
	'bound-cursors': [0.25, 'a cursor is good for the query that it comes from only'],
	'plain-cursors': [0.25, 'a cursor is the id of an activity'],
	errors: [0.4, '429, 5xx, refusals and network errors'],
	'cut-bodies': [0.2, 'some bodies are cut'],
	'heavy-pages': [0.25, 'pages above some rows do not come in time, or are refused'],
	'rate-limit': [0.15, 'answers tell how much of the request limit is left'],
	'anonymous-requests': [0.25, "request-ids are missing from headers and from own requests' rows"],
	'own-left-out': [0.2, 'the activities of own requests are left out'],
	filters: [0.25, 'only some types of activities are asked for'],
	caps: [0.4, 'runs stop after some activities'],
	deaths: [0.5, 'runs die at a batch, before or after it is stored'],
	'read-ahead': [0.35, 'long backlogs are read ahead'],
	'short-time': [0.3, 'runs have little time'],
} as const satisfies Record<string, readonly [likelihood: number, meaning: string]>;

export type Kind = keyof typeof TABLE;

export const KINDS = Object.keys(TABLE) as Kind[];

export function isKind(text: string): text is Kind {
	return text in TABLE;
}

export function likelihoodOf(kind: Kind): number {
	return TABLE[kind][0];
}

export function meaningOf(kind: Kind): string {
	return TABLE[kind][1];
}
