import { posix } from 'node:path';
import { UserError } from '../core';
import type { ArchiveBranch, Tip } from './archive-branch';
import type { LastPart } from './appended-lines';
import { directoryOfParts, MANIFESTS, type Part, partAt, pathOfPart } from './layout';

const NEWLINE = 0x0a;

/** Reads the files of an archive at one commit, by their path below its directory. */
export class StoredFiles {
	/**
	 * @param tip `undefined` when there is no branch, and so no files
	 * @param directory path in the repository, without slashes around it
	 */
	constructor(
		private readonly branch: Pick<ArchiveBranch, 'read' | 'list'>,
		private readonly tip: Tip | undefined,
		private readonly directory: string,
	) {}

	/**
	 * @returns `undefined` when there is no such file
	 * @throws UserError when the branch cannot be read
	 */
	async read(path: string): Promise<Buffer | undefined> {
		return this.tip && this.branch.read(this.tip, posix.join(this.directory, path));
	}

	/**
	 * The names in a directory; none when there is no such directory.
	 *
	 * @throws UserError when the branch cannot be read
	 */
	async list(directory: string): Promise<ReadonlySet<string>> {
		if (!this.tip) return new Set();
		return this.branch.list(this.tip, posix.join(this.directory, directory));
	}

	/** Whether there is any manifest. */
	async hasChain(): Promise<boolean> {
		return (await this.list(MANIFESTS)).size > 0;
	}

	/**
	 * The last part of each day, for the next lines.
	 *
	 * @throws UserError `invalid-checkpoint` when something else changed one of them
	 */
	async lastParts(days: Iterable<Part['day']>): Promise<Map<Part['day'], LastPart>> {
		const parts = new Map<Part['day'], LastPart>();
		for (const day of days) {
			const part = await this.#lastPart(day);
			if (part) parts.set(day, part);
		}
		return parts;
	}

	async #lastPart(day: Part['day']): Promise<LastPart | undefined> {
		const directory = directoryOfParts(day);
		let number = 0;
		for (const name of await this.list(directory)) {
			const part = partAt(posix.join(directory, name));
			if (part?.day === day) number = Math.max(number, part.number);
		}
		if (number === 0) return undefined;
		const path = pathOfPart({ day, number });
		const content = await this.read(path);
		if (content?.at(-1) !== NEWLINE) throw tampered(posix.join(this.directory, path));
		return { number, content };
	}
}

function tampered(path: string): UserError {
	return new UserError(
		'invalid-checkpoint',
		`The last line of ${path} does not end with a newline, so something else changed the file.`,
		{ remedy: 'Verify the archive, and restore the file from the branch’s history.' },
	);
}
