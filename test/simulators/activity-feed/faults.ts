/**
 * Headers laid over those of an answer, whatever a gateway left of them; null takes one away, and
 * several values are as many headers.
 */
export type HeaderChanges = Record<string, string | string[] | null>;

/** What happens to the bytes of an answer on their way. */
export type Delivery =
	/** The socket is destroyed before any answer. */
	| { reset: true }
	/** The answer never starts. */
	| { hang: true }
	/** The connection ends after this fraction of the body. */
	| { cutBody: number }
	/** Headers and half of the body come, then nothing more. */
	| { stallBody: true }
	/** The whole body comes, in small chunks. */
	| { slowBody: { chunkBytes: number; everyMs: number } };

/** What is wrong with a page, or with the headers around it. */
export type PageFault =
	/** One row of the page comes twice in a row. */
	| { duplicateRow: true }
	/** `data` is empty, yet `has_more` is true, and there is no cursor. */
	| { emptyPageWithMore: true }
	/** `data` is empty and `has_more` true, with a new cursor that leads to what was held back. */
	| { emptyPageMovesOn: true }
	/** `has_more` is true, but `last_id` is null. */
	| { moreWithoutLastId: true }
	/** `has_more` is true, but `last_id` is the cursor that was sent, if one was. */
	| { stuckLastId: true }
	/** Any other page in place of the true one; a string is sent as it is. */
	| { transform: (page: ActivityPage) => unknown }
	| { headers: HeaderChanges }
	/** The clock that wrote `Date` is so many milliseconds ahead. */
	| { dateAhead: number };

/** What answers in front of the API, which then never sees the request. */
export type GatewayFault =
	/** A status 200 that is a web page. */
	| { html: true }
	/** A redirect to the address. */
	| { redirect: string };

/** An answer with this status, by the API itself: the call is recorded like any other. */
export interface StatusFault {
	status: number;
	headers?: HeaderChanges;
	body?: string;
}

/** One scripted misbehaviour of the server. */
export type Fault = StatusFault | Delivery | PageFault | GatewayFault;

export interface ActivityPage {
	data: Record<string, unknown>[];
	has_more: boolean;
	first_id: string | null;
	last_id: string | null;
}

/** When a fault strikes. */
export interface FaultSchedule {
	/** How many requests, counted from now, pass before it; default 0. */
	after?: number;
	/** How many requests it strikes; default 1. */
	times?: number;
}

/** The faults still to come. Those that are due strike in the order in which they were scripted. */
export class FaultScript {
	private pending: { fault: Fault; after: number; times: number }[] = [];

	add(fault: Fault, { after = 0, times = 1 }: FaultSchedule = {}): void {
		this.pending.push({ fault, after, times });
	}

	/** Counts one request and says what strikes it. */
	next(): Fault | undefined {
		let due: Fault | undefined;
		for (const entry of this.pending) {
			if (entry.after > 0) entry.after--;
			else if (!due) {
				due = entry.fault;
				entry.times--;
			}
		}
		this.pending = this.pending.filter((entry) => entry.times > 0);
		return due;
	}
}
