import * as v from 'valibot';
import { UserError } from '../core';
import { parseShallow } from './shallow-json';

/** The content of a file: migrated to the present version, and as written. */
export interface FileContent<Present> {
	readonly present: Present;
	readonly written: unknown;
}

interface Version {
	/** The content of a file of this version, with its `version`. */
	readonly schema: v.GenericSchema<unknown, unknown>;
	/** Converts the content of the previous version. */
	readonly migrate: (before: unknown) => unknown;
}

/**
 * All versions of a JSON file of the archive, from 1 to the present version. Files of every version stay
 * readable.
 */
export class Versions<Present extends object> {
	private constructor(
		private readonly what: string,
		private readonly all: readonly Version[],
	) {}

	/**
	 * @param what the file's name in messages
	 * @param schema the content of version 1
	 */
	static first<Content extends object>(
		what: string,
		schema: v.GenericSchema<unknown, Content>,
	): Versions<Content> {
		return new Versions(what, [{ schema, migrate: (before) => before }]);
	}

	/**
	 * Adds the next version, which becomes the present one.
	 *
	 * @param schema the content of that version
	 * @param migrate converts the content of the version before; the schema checks the values
	 */
	next<Content extends object>(
		schema: v.GenericSchema<unknown, Content>,
		migrate: (before: Present) => Readonly<Record<keyof NoInfer<Content>, unknown>>,
	): Versions<Content> {
		// Before a migration, the content was checked against its version's schema.
		const version = { schema, migrate: (before: unknown) => migrate(before as Present) };
		return new Versions(this.what, [...this.all, version]);
	}

	/**
	 * Reads a file, which is untrusted input.
	 *
	 * @returns `undefined` when no known version can have written the content. `isAsWritten` checks the
	 *   formatting
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
	 * @param what the file's name in messages
	 * @param known the latest version that this release knows
	 */
	constructor(what: string, version: number, known: number) {
		super(
			'invalid-checkpoint',
			`The ${what} has format version ${version}; this version of the Action knows ${known} at most.`,
			{ remedy: 'Use the newer release that wrote it. This run changed nothing.' },
		);
	}
}

/** The `version` in the content of a file. */
export function versionOf(content: unknown): unknown {
	return (Object(content) as { readonly version?: unknown }).version;
}

/** The bytes that the Action writes for the content of a JSON file of the archive. */
export function encodeFile(content: object): Buffer {
	return Buffer.from(`${JSON.stringify(content, null, '\t')}\n`);
}

/** Whether a file is byte for byte what the Action writes for its content. */
export function isAsWritten({ written }: FileContent<unknown>, bytes: Buffer): boolean {
	return encodeFile(written as object).equals(bytes);
}

function checked<Content>(
	schema: v.GenericSchema<unknown, Content>,
	content: unknown,
): Content | undefined {
	// Stops at the first issue: a hostile file can have millions.
	const result = v.safeParse(schema, content, { abortEarly: true });
	return result.success ? result.output : undefined;
}
