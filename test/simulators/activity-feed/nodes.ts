import type { Random } from './random';

const COUNT = 4;

/** The nodes that serve the feed. One of them answers each request, by its own clock. */
export class Nodes {
	/** @param apart milliseconds between the fastest and the slowest clock */
	constructor(
		private readonly apart: number,
		private readonly random: Random,
	) {}

	/** How many milliseconds the clock of the next node is ahead of the feed's clock. */
	nextAhead(): number {
		return this.apart * (this.random.below(COUNT) / (COUNT - 1) - 0.5);
	}
}
