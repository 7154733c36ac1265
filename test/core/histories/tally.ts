import type { Verdict } from './judge';

export const FAULTS = ['lost', 'repeated', 'stuck', 'failed'] as const;
export type Fault = (typeof FAULTS)[number];

/** How many seeds of each fault are named. */
const NAMED = 20;

/** The result of many histories. */
export class Tally {
	histories = 0;
	requests = 0;
	/** Histories with any fault. */
	bad = 0;
	readonly #counts: Record<Fault, number> = { lost: 0, repeated: 0, stuck: 0, failed: 0 };
	readonly #seeds: Record<Fault, number[]> = { lost: [], repeated: [], stuck: [], failed: [] };

	add(verdict: Verdict): void {
		this.histories++;
		this.requests += verdict.requests;
		const faults = FAULTS.filter((fault) => verdict[fault].length > 0);
		if (faults.length > 0) this.bad++;
		for (const fault of faults) {
			this.#counts[fault]++;
			this.#seeds[fault].push(verdict.seed);
		}
	}

	/** The number of histories with a kind of fault. */
	count(fault: Fault): number {
		return this.#counts[fault];
	}

	/** The lowest seeds with a fault. */
	seeds(fault: Fault): string {
		const seeds = this.#seeds[fault].sort((one, other) => one - other);
		const more = seeds.length > NAMED ? ' …' : '';
		return `${seeds.slice(0, NAMED).join(' ')}${more}`;
	}
}
