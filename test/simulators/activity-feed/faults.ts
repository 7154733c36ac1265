/**
 * Headers that replace those of an answer, also behind a gateway. Null removes a header; several
 * values are several headers.
 */
export type HeaderChanges = Record<string, string | string[] | null>;

/** A fault in the transport of an answer. */
export type Delivery =
	/** The socket is destroyed before any answer. */
	| { reset: true }
	/** The answer never starts. */
	| { hang: true }
	/** The connection ends after this fraction of the body. */
	| { cutBody: number }
	/** Headers and half of the body arrive, and then nothing. */
	| { stallBody: true }
	/** The whole body arrives, in small chunks. */
	| { slowBody: { chunkBytes: number; everyMs: number } };

/** What is wrong with a page, or with the headers around it. */
export type PageFault =
	/** A row of the page appears twice in a row. */
	| { duplicateRow: true }
	/** `data` is empty, yet `has_more` is true, and there is no cursor. */
	| { emptyPageWithMore: true }
	/** `data` is empty and `has_more` is true, with a new cursor that leads to the missing rows. */
	| { emptyPageMovesOn: true }
	/** `has_more` is true, but `last_id` is null. */
	| { moreWithoutLastId: true }
	/** `has_more` is true, but `last_id` is the cursor of the request, if it had one. */
	| { stuckLastId: true }
	/** Any other page in place of the correct one; a string is sent unchanged. */
	| { transform: (page: ActivityPage) => unknown }
	| { headers: HeaderChanges }
	/** The clock of `Date` is this many milliseconds ahead. */
	| { dateAhead: number };

/** An answer of something in front of the API, which then never gets the request. */
export type GatewayFault =
	/** A web page with status 200. */
	| { html: true }
	/** A redirect to the address. */
	| { redirect: string };

/** An answer of the API itself with this status. The request is recorded like any other. */
export interface StatusFault {
	status: number;
	headers?: HeaderChanges;
	body?: string;
}

/** A scripted fault of the server. */
export type Fault = StatusFault | Delivery | PageFault | GatewayFault;

export interface ActivityPage {
	data: Record<string, unknown>[];
	has_more: boolean;
	first_id: string | null;
	last_id: string | null;
}

/** When a fault applies. */
export interface FaultSchedule {
	/** How many requests from now on pass before it; default 0. */
	after?: number;
	/** How many requests it applies to; default 1. */
	times?: number;
}

/** The remaining faults. Due faults apply in the order of the script. */
export class FaultScript {
	private pending: { fault: Fault; after: number; times: number }[] = [];

	add(fault: Fault, { after = 0, times = 1 }: FaultSchedule = {}): void {
		this.pending.push({ fault, after, times });
	}

	clear(): void {
		this.pending = [];
	}

	/** Counts one request, and returns the fault that applies to it. */
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
