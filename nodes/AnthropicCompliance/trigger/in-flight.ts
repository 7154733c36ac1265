import type { Instant } from '../../../core';

const MINUTE_MS = 60_000;
/** The longest pause before a batch is handed over again. */
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;
/** n8n does not start polls exactly on time. */
const SLACK_MS = MINUTE_MS / 2;

/**
 * What n8n saves about the batch that follows the checkpoint: only numbers. A trigger that starts
 * anew reads the same activities again, and knows how often they were tried.
 */
export interface DeliveryNote {
	/** How often the batch was handed over; 0 if none is in flight. */
	readonly attempt: number;
	/** How many records the last try had: those of its items, and those that the local filters dropped. */
	readonly count: number;
	/** The most records of a try, while the one that fails is searched for; otherwise 0. */
	readonly size: number;
	/** When the last try was handed over, in milliseconds since the epoch. It identifies the try. */
	readonly at: number;
}

/** The delivery when nothing is in flight, and nothing has failed. */
export const IDLE: DeliveryNote = { attempt: 0, count: 0, size: 0, at: 0 };

/** The delivery that n8n has saved. A damaged one counts as none: the checkpoint says where to read. */
export function deliveryIn(saved: unknown): DeliveryNote {
	const { attempt, count, size, at } = { ...IDLE, ...(saved as Partial<DeliveryNote> | undefined) };
	const whole = [attempt, count, size].every((each) => Number.isSafeInteger(each) && each >= 0);
	return whole && Number.isFinite(at) ? { attempt, count, size, at } : IDLE;
}

/**
 * The most records of the next try: those of the last one, so that the same batch comes again.
 *
 * @param most the most records of an execution
 */
export function roomFor({ attempt, count, size }: DeliveryNote, most: number): number {
	return Math.min(size || (attempt > 0 && count) || most, most);
}

/**
 * The delivery once the batch has arrived. While a failing record is searched for, the next batch stays
 * as small as a batch that had failed before. Then batches grow again.
 *
 * @param most the most records of an execution
 */
export function afterSuccess({ attempt, size }: DeliveryNote, most: number): DeliveryNote {
	const next = attempt > 1 ? size : 2 * size;
	return { ...IDLE, size: next >= most ? 0 : next };
}

/**
 * The delivery once nothing was left to deliver. If the local filters have dropped all records, these
 * count as arrived in the next try.
 *
 * @param read how many records were read
 * @param most the most records of an execution
 */
export function afterNothing(delivery: DeliveryNote, read: number, most: number): DeliveryNote {
	if (read === 0) return nothingInFlight(delivery);
	return afterSuccess({ ...delivery, attempt: delivery.attempt + 1 }, most);
}

/** The delivery without the batch in flight, for example once the trigger has given up on it. */
export function nothingInFlight({ size }: DeliveryNote): DeliveryNote {
	return { ...IDLE, size };
}

/**
 * The delivery once a try has failed: the first time, the whole batch comes again. Then each try has
 * half as many records at most, and the last one has a single record. So one that fails whenever it
 * comes does not hold up the others. The last try may come again, for instance after a restart.
 *
 * @param tries after how many tries the trigger gives up
 */
export function afterFailure(delivery: DeliveryNote, tries: number): DeliveryNote {
	const { count, size } = delivery;
	const attempt = Math.min(delivery.attempt, tries - 1);
	if (attempt <= 1 && size === 0) return delivery;
	const divisor = Math.max(2, count ** (1 / (tries - attempt)));
	return { ...delivery, attempt, size: Math.max(Math.floor(count / divisor), 1) };
}

/** How long to wait after a failed try, in milliseconds: 1, 2, 4, … minutes, at most an hour. */
export function pauseAfter({ attempt }: DeliveryNote): number {
	return Math.min(MINUTE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}

/**
 * Whether the next try is due.
 *
 * @param failedAt when the last try failed, in milliseconds since the epoch
 */
export function isDue(delivery: DeliveryNote, failedAt: number, now: number): boolean {
	// A clock that was set back must not delay the next try.
	return now < failedAt || now + SLACK_MS >= failedAt + pauseAfter(delivery);
}

/** What has become of a batch that was handed over. */
export type Outcome =
	| { readonly is: 'pending' }
	| { readonly is: 'arrived' }
	| {
			readonly is: 'failed';
			/** How the execution ended, in n8n's word. */
			readonly status: string;
			/** When, in milliseconds since the epoch. */
			readonly at: number;
	  };

/** The statuses of an execution that has the batch for good. One that waits continues by itself. */
const ARRIVED: readonly string[] = ['success', 'waiting'];

/**
 * A batch that was handed over to an execution.
 *
 * @template State what n8n has to save once the batch has arrived
 */
export class Flight<State> {
	/** Resolves when the execution has ended. It may never do so. */
	readonly ended: Promise<void>;
	#end: { readonly status: string; readonly at: number } | undefined;
	#resolve: () => void = () => undefined;

	/**
	 * @param period when the first and the last activity of the batch happened; `undefined` if none has a time
	 * @param deadline when the trigger stops waiting for the execution, in milliseconds since the epoch
	 */
	constructor(
		readonly delivery: DeliveryNote,
		readonly next: State,
		readonly period: readonly [Instant, Instant] | undefined,
		private readonly deadline: number,
	) {
		this.ended = new Promise((resolve) => (this.#resolve = resolve));
	}

	/**
	 * Notes how the execution has ended.
	 *
	 * @param status in n8n's word
	 * @param at in milliseconds since the epoch
	 */
	end(status: string, at: number): void {
		this.#end ??= { status, at };
		this.#resolve();
	}

	/** What has become of it. An execution that succeeds after the deadline counts, too. */
	outcome(now: number): Outcome {
		if (this.#end && ARRIVED.includes(this.#end.status)) return { is: 'arrived' };
		if (this.#end) return { is: 'failed', ...this.#end };
		if (now < this.deadline) return { is: 'pending' };
		return { is: 'failed', status: 'unknown', at: this.deadline };
	}
}
