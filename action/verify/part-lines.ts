import { parseInstant, Unreadable } from '../../core';
import { sha256 } from '../archive/manifest';

const NEWLINE = 0x0a;

/** What verify reads of a line. */
export interface Row {
	readonly id: string;
	/** In milliseconds since the epoch. */
	readonly createdAt: number;
	/** The line itself, without its end. */
	readonly json: string;
}

/** The lines of a part, numbered from 1 on. A last line without an end counts. */
export class PartLines {
	/** Where each line begins, and where the last one ends. */
	readonly #bounds = [0];

	constructor(private readonly bytes: Buffer) {
		for (let at = 0; at < bytes.length;) {
			const end = bytes.indexOf(NEWLINE, at);
			at = end === -1 ? bytes.length : end + 1;
			this.#bounds.push(at);
		}
	}

	get count(): number {
		return this.#bounds.length - 1;
	}

	/** SHA-256 of so many lines from a line on, ends included; `undefined` when they are not there. */
	hash(line: number, lines: number): string | undefined {
		const from = this.#bounds[line - 1];
		const to = this.#bounds[line - 1 + lines];
		if (from === undefined || to === undefined) return undefined;
		return sha256(this.bytes.subarray(from, to));
	}

	/** The id by which a line is known that cannot be read as an activity. */
	unreadableId(line: number): string {
		return new Unreadable(this.#text(line), undefined).id;
	}

	/** @returns `undefined` when the line holds no activity */
	row(line: number): Row | undefined {
		const json = this.#text(line);
		try {
			const { id, created_at: createdAt } = JSON.parse(json) as Record<string, unknown>;
			const instant = typeof createdAt === 'string' ? parseInstant(createdAt) : undefined;
			if (typeof id !== 'string' || id === '' || instant === undefined) return undefined;
			return { id, createdAt: instant, json };
		} catch {
			return undefined;
		}
	}

	/** A line without its end. */
	#text(line: number): string {
		return this.bytes.toString('utf8', this.#bounds[line - 1], this.#bounds[line]).trimEnd();
	}
}
