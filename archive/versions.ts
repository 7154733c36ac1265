import * as v from 'valibot';
import { ComplianceError } from '../core';
import { parseShallow } from './shallow-json';

/** What a file holds: in the present version, and in the one in which it was written. */
export interface FileContent<Present> {
	readonly present: Present;
	readonly written: unknown;
}

/** Checks what a file of an older version holds, and makes of it what the next version would hold. */
export type OlderVersion = (
	content: unknown,
) => { readonly written: unknown; readonly next: unknown } | undefined;

/**
 * An older version of a file.
 *
 * @param schema what a file of this version holds, its own `version` included
 * @param toNext what the next version would hold; it is checked against that version's schema
 */
export function olderVersion<Written>(
	schema: v.GenericSchema<unknown, Written>,
	toNext: (written: Written) => unknown,
): OlderVersion {
	return (content) => {
		const written = checked(schema, content);
		return written === undefined ? undefined : { written, next: toNext(written) };
	};
}

/** The versions of a file of the archive. What was written in any of them stays readable for ever. */
export class Versions<Present extends object> {
	/**
	 * @param what what messages call the file
	 * @param latest the version that is written now
	 * @param schema what a file of that version holds
	 * @param older the versions before, by their number, without a gap
	 */
	constructor(
		private readonly what: string,
		private readonly latest: number,
		private readonly schema: v.GenericSchema<unknown, Present>,
		private readonly older: ReadonlyMap<number, OlderVersion>,
	) {}

	/**
	 * Reads a file, which is untrusted input.
	 *
	 * @returns `undefined` for what no version can have written. Even otherwise the bytes may differ in
	 *   form from what was written: `isAsWritten` says so
	 * @throws NewerVersion
	 */
	read(bytes: Buffer): FileContent<Present> | undefined {
		let content: unknown;
		try {
			content = parseShallow(bytes);
		} catch {
			return undefined;
		}
		let version = versionOf(content);
		if (typeof version !== 'number') return undefined;
		if (version > this.latest) throw new NewerVersion(this.what, version, this.latest);
		let oldest: unknown;
		for (; version < this.latest; version++) {
			const step = this.older.get(version)?.(content);
			if (!step) return undefined;
			oldest ??= step.written;
			content = step.next;
		}
		const present = checked(this.schema, content);
		return present && { present, written: oldest ?? present };
	}
}

/** A newer release wrote the file. */
export class NewerVersion extends ComplianceError {
	/**
	 * @param what what messages call the file
	 * @param known the latest version that this release knows
	 */
	constructor(what: string, version: number, known: number) {
		super(
			'invalid-checkpoint',
			`The ${what} has format version ${version}; this version of the Action knows ${known} at most.`,
			{
				remedy:
					'It was written by a newer release: use that release again. Nothing has been changed.',
			},
		);
	}
}

/** The `version` of what a file holds. */
export function versionOf(content: unknown): unknown {
	return (Object(content) as { readonly version?: unknown }).version;
}

/** The bytes in which the Action writes what a JSON file of the archive holds. */
export function encodeFile(content: object): Buffer {
	return Buffer.from(`${JSON.stringify(content, null, '\t')}\n`);
}

/** Whether a file has the bytes in which the Action writes what it holds. */
export function isAsWritten({ written }: FileContent<unknown>, bytes: Buffer): boolean {
	return encodeFile(written as object).equals(bytes);
}

function checked<Content>(
	schema: v.GenericSchema<unknown, Content>,
	content: unknown,
): Content | undefined {
	// One issue is enough: a file can be made to have millions.
	const result = v.safeParse(schema, content, { abortEarly: true });
	return result.success ? result.output : undefined;
}
