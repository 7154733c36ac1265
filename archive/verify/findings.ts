import { quote } from '../../core';

/** A difference between an archive and what the Action writes, or what the feed shows. */
export interface Finding {
	/** Below the archive's directory. */
	readonly path: string;
	/** Number of the line, counted from 1; `undefined` when the finding is about the whole file. */
	readonly line: number | undefined;
	/** In plain words, without any content of an activity. */
	readonly problem: string;
	/** Id of the activity that the finding is about, if path and line do not identify it. */
	readonly id?: string | undefined;
}

/** One cause can lead to thousands of findings. */
const MAX_OF_A_KIND = 100;

/** Collects findings in the order of their report, causes before consequences. */
export class Findings {
	readonly listed: Finding[] = [];
	/** Number of findings that are not listed. */
	omitted = 0;
	readonly #counts = new Map<string, number>();

	/** @param most how many findings of a kind are listed */
	constructor(private readonly most = MAX_OF_A_KIND) {}

	/**
	 * @param place path, or path and line
	 * @param kind findings are limited by kind, so that many of one kind do not hide the others
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
		// Names and ids are untrusted, and appear on a terminal or in a log.
		this.listed.push({
			path: quote(path),
			line,
			problem: quote(problem, 1000),
			id: id && quote(id),
		});
	}
}
