import type { Clock } from './clock';
import { DAY, type History, HOUR, MINUTE, SECOND, UNNOTICED_AHEAD } from './history';
import type { Kind } from './kinds';
import type { Random } from './random';

/** What a process has seen of `Date` headers. */
export interface DatesSeen {
	/** Whether a complete answer with a correct Date has arrived in this run. */
	honestly: boolean;
	/** Whether the last wrong Date must be noticed, and no correct one has followed. */
	ahead: boolean;
}

/** The `Date` headers of answers. */
export class Dates {
	constructor(
		private readonly history: History,
		private readonly clock: Clock,
		private readonly random: Random,
	) {}

	/** The time by any node's clock, in whole seconds, like the header. */
	honest(): string {
		return headerOf(this.clock.now + this.random.between(...this.history.nodes));
	}

	/** Another header that a good answer may have; `undefined` for an answer without. */
	odd(honest: string, seen: DatesSeen): string | undefined {
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
				return headerOf(Date.parse(honest) + this.#ahead(seen));
			default:
				return honest;
		}
	}

	/**
	 * By how many milliseconds a Date is ahead. A reader with a wrong clock that has seen no other
	 * Date cannot notice it. Two such Dates in a row look correct.
	 */
	#ahead(seen: DatesSeen): number {
		const { random, history } = this;
		const noticeable = !seen.ahead && (history.clocksRight || seen.honestly);
		if (!noticeable || random.chance(0.2)) return random.between(SECOND, UNNOTICED_AHEAD - SECOND);
		seen.ahead = true;
		return random.between(MINUTE, random.pick([5 * MINUTE, HOUR, DAY, 365 * DAY]));
	}
}

function headerOf(ms: number): string {
	return new Date(ms).toUTCString();
}
