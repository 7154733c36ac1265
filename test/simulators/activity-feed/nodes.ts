import type { Random } from './random';

const COUNT = 4;

/** The nodes that serve the feed. One of them answers each request, by a clock of its own. */
export class Nodes {
	/** @param apart milliseconds between the clock that is most ahead and the one most behind */
	constructor(
		private readonly apart: number,
		private readonly random: Random,
	) {}

	/** How many milliseconds the clock of the node that answers next is ahead of the feed's. */
	nextAhead(): number {
		return this.apart * (this.random.below(COUNT) / (COUNT - 1) - 0.5);
	}
}
