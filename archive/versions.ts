import * as v from 'valibot';
import { UserError } from '../core';
import { parseShallow } from './shallow-json';

/** What a file holds: in the present version, and in the one in which it was written. */
export interface FileContent<Present> {
	readonly present: Present;
	readonly written: unknown;
}

interface Version {
	/** What a file of this version holds, its own `version` included. */
	readonly schema: v.GenericSchema<unknown, unknown>;
	/** Makes it of what a file of the version before holds. */
	readonly migrate: (before: unknown) => unknown;
}

/**
 * The versions of a file of the archive, from 1 to the present one. What was written in any of them
 * stays readable.
 */
export class Versions<Present extends object> {
	private constructor(
		private readonly what: string,
		private readonly all: readonly Version[],
	) {}

	/**
	 * @param what what messages call the file
	 * @param schema what a file of version 1 holds
	 */
	static first<Content extends object>(
		what: string,
		schema: v.GenericSchema<unknown, Content>,
	): Versions<Content> {
		return new Versions(what, [{ schema, migrate: (before) => before }]);
	}

	/**
	 * The versions up to now, and the next one, which becomes the present one.
	 *
	 * @param schema what a file of it holds
	 * @param migrate makes that of what a file of the version before holds
	 */
	next<Content extends object>(
		schema: v.GenericSchema<unknown, Content>,
		migrate: (before: Present) => object,
	): Versions<Content> {
		// Whatever is migrated has been checked against the schema of its version.
		const version = { schema, migrate: (before: unknown) => migrate(before as Present) };
		return new Versions(this.what, [...this.all, version]);
	}

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
		const version = versionOf(content);
		if (typeof version !== 'number') return undefined;
		if (version > this.all.length) throw new NewerVersion(this.what, version, this.all.length);
		const own = this.all[version - 1];
		const written = own && checked(own.schema, content);
		if (written === undefined) return undefined;
		let migrated: unknown = written;
		for (const { migrate, schema } of this.all.slice(version)) {
			migrated = checked(schema, migrate(migrated));
			if (migrated === undefined) return undefined;
		}
		return { present: migrated as Present, written };
	}
}

/** A newer release wrote the file. */
export class NewerVersion extends UserError {
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
