import { quote } from '../../core';

/** Something that an archive holds and should not, or the other way round. */
export interface Finding {
	/** Below the archive's directory. */
	readonly path: string;
	/** Number of the line, from 1 on; `undefined` when it is about the whole file. */
	readonly line: number | undefined;
	/** In plain words, without any content of an activity. */
	readonly problem: string;
	/** Id of the activity it is about, where its place does not tell. */
	readonly id?: string | undefined;
}

/** One cause may have thousands of consequences. */
const MAX_OF_A_KIND = 100;

/** Collects findings in the order in which they matter: a cause comes before what follows from it. */
export class Findings {
	readonly listed: Finding[] = [];
	/** How many more there are. */
	omitted = 0;
	readonly #counts = new Map<string, number>();

	/** @param most how many findings of a kind are listed */
	constructor(private readonly most = MAX_OF_A_KIND) {}

	/**
	 * @param place path, or path and line
	 * @param kind what findings are counted by, so that a flood of one kind drowns no other
	 */
	add(
		place: string | readonly [path: string, line: number],
		kind: string,
		problem: string,
		id?: string,
	): void {
		const count = (this.#counts.get(kind) ?? 0) + 1;
		this.#counts.set(kind, count);
		if (count > this.most) {
			this.omitted++;
			return;
		}
		const [path, line] = typeof place === 'string' ? [place] : place;
		// Names and ids come from outside, and end up on a terminal or in a log.
		this.listed.push({
			path: quote(path),
			line,
			problem: quote(problem, 1000),
			id: id && quote(id),
		});
	}
}
