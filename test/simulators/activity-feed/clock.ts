/** The simulator's source of time, in milliseconds since 1970. */
export interface Clock {
	now(): number;
}

/** Time that only a test moves, so that no test waits. */
export class SimulatedClock implements Clock {
	private time: number;

	constructor(start: number) {
		this.time = start;
	}

	now(): number {
		return this.time;
	}

	advance(ms: number): void {
		this.time += ms;
	}
}

/** The machine's time, for benchmarks and for servers that real programs talk to. */
export const systemClock: Clock = { now: () => Date.now() };
