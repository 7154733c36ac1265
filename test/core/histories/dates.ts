import type { Clock } from './clock';
import { DAY, type History, HOUR, MINUTE, SECOND, UNNOTICED_AHEAD } from './history';
import type { Kind } from './kinds';
import type { Random } from './random';

/** What a process has been told about the time. */
export interface Told {
	/** Whether a whole answer with an honest Date has come in this run. */
	honestly: boolean;
	/** Whether the last Date that was not honest is one to be noticed, and none has been honest since. */
	ahead: boolean;
}

/** The `Date` headers of answers. */
export class Dates {
	constructor(
		private readonly history: History,
		private readonly clock: Clock,
		private readonly random: Random,
	) {}

	/** By the clock of any node; in whole seconds, as the header has it. */
	honest(): string {
		return headerOf(this.clock.now + this.random.between(...this.history.nodes));
	}

	/** What else a good answer may bring; `undefined` for an answer without. */
	odd(honest: string, told: Told): string | undefined {
		const kinds = (
			['date-missing', 'date-twice', 'date-unreadable', 'date-ahead'] satisfies Kind[]
		).filter((kind) => this.history.kinds.has(kind));
		const kind =
			kinds.length > 0 && this.random.chance(this.history.oddness)
				? this.random.pick(kinds)
				: undefined;
		switch (kind) {
			case 'date-missing':
				return undefined;
			case 'date-twice':
				return `${honest}, ${this.random.pick([honest, headerOf(Date.parse(honest) - SECOND)])}`;
			case 'date-unreadable':
				return this.random.pick(['', 'today', 'Sun, 99 Mar 2026 12:00:00 GMT', '2026-03-01T']);
			case 'date-ahead':
				return headerOf(Date.parse(honest) + this.#ahead(told));
			default:
				return honest;
		}
	}

	/**
	 * By how many milliseconds a Date is ahead. No reader notices it whose own clock is wrong and who
	 * has seen no other Date; and two such in a row look as if they were right.
	 */
	#ahead(told: Told): number {
		const { random, history } = this;
		const noticeable = !told.ahead && (history.clocksRight || told.honestly);
		if (!noticeable || random.chance(0.2)) return random.between(SECOND, UNNOTICED_AHEAD - SECOND);
		told.ahead = true;
		return random.between(MINUTE, random.pick([5 * MINUTE, HOUR, DAY, 365 * DAY]));
	}
}

function headerOf(ms: number): string {
	return new Date(ms).toUTCString();
}
