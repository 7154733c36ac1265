import type { Batch, Log } from '../../../core';

/** The trigger does not keep up if it is at least this far behind, and does not get closer for as long. */
const PATIENCE_MS = 10 * 60_000;
const MINUTE_MS = 60_000;

/** Why a poll has ended before the end of the feed. */
export type End = 'time' | 'room' | 'workflow';

const ENDS = {
	time: 'its time was up',
	room: 'Max Activities per Poll left no room for more',
	workflow: 'the workflow had not ended with the last batch',
};
const REMEDIES = {
	time: 'Poll more often, set a larger Page Size, or filter what is read.',
	room: 'Poll more often, raise Max Activities per Poll, or filter what is read.',
	workflow: 'Make the workflow faster, or filter what is read.',
};
const SHORTER_OVERLAP = 'Choose a shorter Overlap, a larger Page Size, or filter what is read.';

/** Logs whether a trigger keeps up with the feed. It logs each change once. */
export class Headway {
	readonly #feed = new Lag();
	readonly #overlap = new Lag();
	#overlapReported = false;

	/**
	 * Notes a poll that has ended without a failure.
	 *
	 * @param last the last batch of the poll
	 * @param overlap in milliseconds
	 */
	note(last: Batch, end: End, overlap: number, log: Log): void {
		if (last.upToDate) {
			if (this.#feed.end()) log.info('The trigger has caught up with the feed.');
			this.#noteOverlap(last, overlap, log);
			return;
		}
		const { readAt } = last.source;
		const { reached, start } = last.checkpoint;
		const upTo = reached ?? start;
		const lag = readAt - Date.parse(upTo);
		const change = this.#feed.note(readAt, lag);
		if (change === 'begins') {
			log.info(
				`The poll ended before the end of the feed, because ${ENDS[end]}. It has read up to ${upTo}, and the next polls continue from there. To speed this up: ${REMEDIES[end]}`,
			);
		} else if (change === 'stays') {
			log.warning(
				`The trigger does not keep up with the feed: it has read up to ${upTo}, ${Math.round(lag / MINUTE_MS)} min behind the present, and does not get closer. No activity is lost, but all are delivered late. ${REMEDIES[end]}`,
			);
		}
	}

	/** A poll delivers new activities first, and searches the overlap for late ones in the time that remains. */
	#noteOverlap({ caughtUp, checkpoint, source: { readAt } }: Batch, overlap: number, log: Log) {
		if (caughtUp) {
			this.#overlap.end();
			return;
		}
		const settled = checkpoint.settled ?? checkpoint.start;
		const change = this.#overlap.note(readAt, readAt - overlap - Date.parse(settled));
		if (change === 'begins' && !this.#overlapReported) {
			this.#overlapReported = true;
			log.info(
				`The overlap holds more than one poll has time to read again. Each poll delivers new activities; late ones follow some polls later. To speed this up: ${SHORTER_OVERLAP}`,
			);
		} else if (change === 'stays') {
			log.warning(
				`The trigger cannot read the overlap again as fast as it fills. Everything after ${settled} must still be read again. New activities are delivered in time, but late ones are delivered later and later. ${SHORTER_OVERLAP}`,
			);
		}
	}
}

/** How far behind something is. */
class Lag {
	#mark: { readonly at: number; readonly lag: number } | undefined;
	#reported = false;

	/**
	 * @param at when the lag was measured, in milliseconds since the epoch
	 * @param lag in milliseconds
	 * @returns the change to report, if any: the lag begins, or it has not shrunk for long
	 */
	note(at: number, lag: number): 'begins' | 'stays' | undefined {
		const mark = this.#mark;
		if (mark && at - mark.at < PATIENCE_MS) return undefined;
		this.#mark = { at, lag };
		if (!mark) return 'begins';
		if (lag < Math.max(mark.lag, PATIENCE_MS) || this.#reported) return undefined;
		this.#reported = true;
		return 'stays';
	}

	/** @returns whether there was a lag */
	end(): boolean {
		const behind = this.#mark !== undefined;
		this.#mark = undefined;
		this.#reported = false;
		return behind;
	}
}
