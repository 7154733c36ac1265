import type { Answer } from './answer';

/** A request, and what became of it. */
export interface ApiRequest {
	method: string;
	/** Decoded, without the query. */
	path: string;
	body: Record<string, unknown>;
	/** The status that the client got to see; undefined before that, and when it saw none. */
	status?: number;
}

/** Something that a test makes happen to one request or to several. */
export interface Incident {
	/** Matches `METHOD /path` of the requests concerned; without it, all are. */
	on?: RegExp;
	/** How many of these, counted from now, pass before it; default 0. */
	after?: number;
	/** How many of these it strikes; default 1. */
	times?: number;
	/** What others do just before the request is looked at, such as another run's commit. */
	meanwhile?: (request: ApiRequest) => unknown;
	/**
	 * What the client gets in place of the true answer; `cut` ends the connection, `silence` leaves
	 * it open without a word.
	 */
	answer?: 'cut' | 'silence' | Answer;
	/** Whether the request takes effect all the same, so that just its answer is lost. */
	effective?: boolean;
}

/** The REST API's requests: those that came, and what tests have in store for those to come. */
export class Traffic {
	readonly requests: ApiRequest[] = [];
	private pending: (Incident & { after: number; times: number })[] = [];

	/** Scripts an incident. Of several answers that are due, the first scripted is given first. */
	script(incident: Incident): void {
		this.pending.push({ after: 0, times: 1, ...incident });
	}

	/** How many requests came, by their method. */
	get counts(): Record<string, number> {
		const counts: Record<string, number> = {};
		for (const { method } of this.requests) counts[method] = (counts[method] ?? 0) + 1;
		return counts;
	}

	/** Forgets all requests, and all incidents that did not happen yet. */
	reset(): void {
		this.requests.length = 0;
		this.pending = [];
	}

	/** Records a request, lets happen what is due before it, and tells how its answer ends. */
	async meet(request: ApiRequest): Promise<Pick<Incident, 'answer' | 'effective'>> {
		this.requests.push(request);
		const due = this.due(`${request.method} ${request.path}`);
		for (const { meanwhile } of due) await meanwhile?.(request);
		return due.find(({ answer }) => answer !== undefined) ?? {};
	}

	private due(line: string): Incident[] {
		const due: Incident[] = [];
		for (const incident of this.pending) {
			if (incident.on?.test(line) === false) continue;
			if (incident.after > 0) {
				incident.after--;
				continue;
			}
			const answers = incident.answer !== undefined;
			if (answers && due.some(({ answer }) => answer !== undefined)) continue;
			incident.times--;
			due.push(incident);
		}
		// Before anything happens: what others do meanwhile are requests, too.
		this.pending = this.pending.filter(({ times }) => times > 0);
		return due;
	}
}
