import type { Batch, Log } from '../../../core';

/** What is so far behind, and has come no nearer in as long, does not keep up. */
const PATIENCE_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

/** Why a poll has ended before the end of the feed. */
export type End = 'time' | 'room';

const ENDS = {
	time: 'its time was over',
	room: 'it had as much as Max Activities per Poll allows',
};
const REMEDIES = {
	time: 'Poll more often, set a larger Page Size, or filter what is read.',
	room: 'Poll more often, raise Max Activities per Poll, or filter what is read.',
};
const SHORTER_OVERLAP = 'Choose a shorter Overlap, a larger Page Size, or filter what is read.';

/** Tells in n8n's log, poll by poll, whether a trigger keeps up with the feed: each change once. */
export class Headway {
	readonly #news = new Lag();
	readonly #overlap = new Lag();
	#toldOfOverlap = false;

	/**
	 * Takes note of a poll that has ended without a failure.
	 *
	 * @param last its last batch
	 * @param overlap in milliseconds
	 */
	note(last: Batch, end: End, overlap: number, log: Log): void {
		if (last.upToDate) {
			if (this.#news.end()) log.info('The trigger has caught up with the feed.');
			this.#noteOverlap(last, overlap, log);
			return;
		}
		const { readAt } = last.source;
		const { reached, start } = last.checkpoint;
		const upTo = reached ?? start;
		const lag = readAt - Date.parse(upTo);
		const change = this.#news.note(readAt, lag);
		if (change === 'begins') {
			log.info(
				`The poll ended before the end of the feed, since ${ENDS[end]}: it has read up to ${upTo}, and the next ones go on from there. To have it faster: ${REMEDIES[end]}`,
			);
		} else if (change === 'stays') {
			log.warning(
				`The trigger does not keep up with the feed: it has read up to ${upTo}, ${Math.round(lag / MINUTE_MS)} min behind the present, and comes no nearer. No activity is lost, but all come late. ${REMEDIES[end]}`,
			);
		}
	}

	/** What is new has come; what may have appeared late is looked for with the time that remains. */
	#noteOverlap({ caughtUp, checkpoint, source: { readAt } }: Batch, overlap: number, log: Log) {
		if (caughtUp) {
			this.#overlap.end();
			return;
		}
		const settled = checkpoint.settled ?? checkpoint.start;
		const change = this.#overlap.note(readAt, readAt - overlap - Date.parse(settled));
		if (change === 'begins' && !this.#toldOfOverlap) {
			this.#toldOfOverlap = true;
			log.info(
				`The overlap holds more than one poll has time to read again. What is new comes with each poll, what appears late comes some polls later. To have it faster: ${SHORTER_OVERLAP}`,
			);
		} else if (change === 'stays') {
			log.warning(
				`The trigger cannot read the overlap again as fast as it fills: what lies behind ${settled} is still to be read again. What is new comes, but what appears late comes ever later. ${SHORTER_OVERLAP}`,
			);
		}
	}
}

/** How far behind something is. */
class Lag {
	#mark: { readonly at: number; readonly lag: number } | undefined;
	#told = false;

	/**
	 * @param at when it was measured
	 * @param lag how far behind it is then
	 * @returns what there is to tell, if anything: that it begins to be behind, or that it has come no
	 *   nearer for long
	 */
	note(at: number, lag: number): 'begins' | 'stays' | undefined {
		const mark = this.#mark;
		if (mark && at - mark.at < PATIENCE_MS) return undefined;
		this.#mark = { at, lag };
		if (!mark) return 'begins';
		if (lag < Math.max(mark.lag, PATIENCE_MS) || this.#told) return undefined;
		this.#told = true;
		return 'stays';
	}

	/** @returns whether it was behind */
	end(): boolean {
		const behind = this.#mark !== undefined;
		this.#mark = undefined;
		this.#told = false;
		return behind;
	}
}
