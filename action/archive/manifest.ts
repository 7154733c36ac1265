import { createHash } from 'node:crypto';

/**
 * What one commit added to the archive, and from where: the evidence. Instants are RFC 3339, by the
 * server's clock. The format is described in docs/archive.md.
 */
export interface Manifest {
	readonly version: 1;
	/** From 1 on, without a gap. */
	readonly sequence: number;
	/** SHA-256 of the manifest before; `null` for the first one. */
	readonly previous: string | null;
	readonly product: string;
	/** The workflow run that made the commit. */
	readonly run: string;
	readonly endpoint: string;
	/** URL parameters of the first request, but for the cursor. */
	readonly query: string;
	readonly startedAt: string;
	readonly endedAt: string;
	/** What the archive holds whole since this commit, and did not before: later than `from`, up to `to`. */
	readonly coverage: { readonly from: string; readonly to: string };
	/** SHA-256 of the checkpoints, as JSON; `null` when there was none. */
	readonly checkpoint: { readonly before: string | null; readonly after: string };
	/** SHA-256 of the fingerprints that later readings are compared with. */
	readonly contents: string;
	readonly requestIds: readonly string[];
	/** `last_id` of the last page. */
	readonly cursor: string | null;
	readonly activities: {
		readonly count: number;
		/** Ids of the first and the last one in the order of the feed. */
		readonly first: string | null;
		readonly last: string | null;
	};
	/** Ids of archived activities that the feed now shows with other content. */
	readonly changed: readonly string[];
	readonly files: readonly Addition[];
}

/** Lines that were added at the end of a file. */
export interface Addition {
	/** Below the archive's directory. */
	readonly path: string;
	/** Number of the first line added, from 1 on. */
	readonly line: number;
	readonly lines: number;
	/** SHA-256 of the bytes of these lines. */
	readonly sha256: string;
}

/** Where the manifest of a number lies below the archive's directory. */
export function pathOfManifest(sequence: number): string {
	return `${directoryOfManifest(sequence)}/${paddedNumber(sequence)}.json`;
}

/** The directory of that path. */
export function directoryOfManifest(sequence: number): string {
	// A thousand files a directory, so that no listing grows too long.
	return `manifests/${paddedNumber(sequence).slice(0, 5)}`;
}

function paddedNumber(sequence: number): string {
	return String(sequence).padStart(8, '0');
}

/** A manifest as it is stored; its hash is that of these bytes. */
export function encodeManifest(manifest: Manifest): Buffer {
	return Buffer.from(`${JSON.stringify(manifest, null, '\t')}\n`);
}

export function sha256(bytes: Buffer | string): string {
	return createHash('sha256').update(bytes).digest('hex');
}
