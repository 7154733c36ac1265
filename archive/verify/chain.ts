import { UserError } from '../../core';
import {
	contradictionOf,
	decodeContents,
	decodeHead,
	isHeadAsWritten,
	type StoredHead,
} from '../head';
import { HEAD_FILE, pathOfManifest, sequenceAt } from '../layout';
import { MAX_FILE_BYTES } from '../limits';
import { type Addition, dayFilesIn, type Manifest, MANIFEST_VERSIONS } from '../manifest';
import { sha256 } from '../sha256';
import { isAsWritten, NewerVersion } from '../versions';
import { type ArchiveFiles, NOT_READ } from './archive-files';
import type { Findings } from './findings';

/** A manifest of the archive, with the SHA-256 of its file. */
export interface Link {
	readonly path: string;
	readonly manifest: Manifest;
	readonly sha256: string;
}

/** Lines of a file that a manifest names. */
export interface Claim extends Addition {
	readonly manifest: Manifest;
}

/** The manifests of an archive, by their sequence. */
export class Chain {
	readonly links = new Map<number, Link>();
	/** Manifests whose SHA-256 differs from the one in the next manifest or in the head. */
	readonly #changed = new Set<number>();

	private constructor(
		private readonly findings: Findings,
		private readonly versions: typeof MANIFEST_VERSIONS,
	) {}

	/**
	 * Reads the manifests and the head, and checks them against each other.
	 *
	 * @param versions the versions of manifests that can be read
	 */
	static async read(
		files: ArchiveFiles,
		findings: Findings,
		versions = MANIFEST_VERSIONS,
	): Promise<Chain> {
		const chain = new Chain(findings, versions);
		await chain.#readLinks(files);
		chain.#reportGaps();
		const bytes = await files.read(HEAD_FILE, MAX_FILE_BYTES);
		const head = bytes && headIn(bytes, findings);
		if (!bytes) {
			const problem = files.paths.has(HEAD_FILE) ? NOT_READ : 'The file is missing.';
			findings.add(HEAD_FILE, 'head', problem);
		}
		if (head) chain.#checkHead(head);
		chain.#checkHashes();
		for (const [sequence, link] of chain.links) chain.#checkLink(sequence, link);
		return chain;
	}

	/** The last manifest; `undefined` when there is none. */
	get last(): Link | undefined {
		return this.links.get(this.#sequences.at(-1) ?? 0);
	}

	/** The added lines that manifests name: by file, in the order of lines. */
	get claims(): ReadonlyMap<string, readonly Claim[]> {
		const claims = new Map<string, Claim[]>();
		for (const { manifest } of this.links.values()) {
			for (const addition of manifest.files) {
				const others = claims.get(addition.path) ?? [];
				others.push({ ...addition, manifest });
				claims.set(addition.path, others);
			}
		}
		for (const each of claims.values()) each.sort((one, other) => one.line - other.line);
		return claims;
	}

	get #sequences(): number[] {
		return [...this.links.keys()];
	}

	async #readLinks(files: ArchiveFiles): Promise<void> {
		const found: (Link & { readonly place: number })[] = [];
		for (const path of files.paths) {
			const place = sequenceAt(path);
			if (place === undefined) continue;
			const bytes = await files.read(path, MAX_FILE_BYTES);
			if (!bytes) {
				this.findings.add(path, 'manifest', NOT_READ);
				continue;
			}
			const manifest = this.#manifestIn(path, bytes);
			if (manifest) found.push({ path, place, manifest, sha256: sha256(bytes) });
		}
		const places = new Set(found.map(({ place }) => place));
		for (const { place, ...link } of found) {
			const { sequence } = link.manifest;
			if (sequence !== place) {
				this.findings.add(
					link.path,
					'manifest',
					`The file was renamed or changed: it holds manifest ${sequence}.`,
				);
			}
			// The file was renamed if its own place is empty. Otherwise its content was changed.
			const at = places.has(sequence) ? place : sequence;
			if (!this.links.has(at)) this.links.set(at, link);
		}
		const sorted = [...this.links].sort(([one], [other]) => one - other);
		this.links.clear();
		for (const [sequence, link] of sorted) this.links.set(sequence, link);
	}

	#manifestIn(path: string, bytes: Buffer): Manifest | undefined {
		try {
			const content = this.versions.read(bytes);
			if (!content) {
				this.findings.add(path, 'manifest', 'This is not a valid manifest.');
				return undefined;
			}
			if (!isAsWritten(content, bytes)) {
				this.findings.add(
					path,
					'manifest',
					'The manifest was modified: its formatting differs from what the Action writes.',
				);
			}
			return content.present;
		} catch (error) {
			if (!(error instanceof NewerVersion)) throw error;
			this.findings.add(path, 'manifest', describeNewer(error));
			return undefined;
		}
	}

	#reportGaps(): void {
		let next = 1;
		for (const sequence of this.#sequences) {
			if (sequence > next) this.#reportMissing(next, sequence - 1);
			next = sequence + 1;
		}
	}

	#reportMissing(first: number, last: number): void {
		this.findings.add(
			pathOfManifest(first),
			'gap',
			first === last
				? `Manifest ${first} is missing or cannot be read.`
				: `Manifests ${first} to ${last} are missing or cannot be read.`,
		);
	}

	#checkHead(head: StoredHead): void {
		const { manifest: named } = head;
		const end = this.last;
		const last = this.#sequences.at(-1) ?? 0;
		if (named.sequence !== last) {
			if (named.sha256 === end?.sha256) {
				this.findings.add(
					HEAD_FILE,
					'head',
					`The file names manifest ${named.sequence} as the last one, but with the SHA-256 of manifest ${last}.`,
				);
			} else if (named.sequence > last) {
				this.#reportMissing(last + 1, named.sequence);
			} else {
				this.findings.add(
					pathOfManifest(named.sequence + 1),
					'gap',
					`The manifest does not belong here: ${HEAD_FILE} names manifest ${named.sequence} as the last one.`,
				);
			}
		}
		const link = this.links.get(named.sequence);
		if (!link || (link !== end && named.sha256 === end?.sha256)) return;
		const { manifest } = link;
		if (named.sha256 !== link.sha256) {
			this.#changed.add(named.sequence);
			this.findings.add(
				link.path,
				'hash',
				`The manifest's SHA-256 is ${link.sha256}, but ${HEAD_FILE} has ${named.sha256}: one of the two files was modified.`,
			);
			return;
		}
		const contradicted = contradictionOf(head, manifest);
		if (contradicted === undefined) return;
		this.findings.add(
			HEAD_FILE,
			'head',
			`The file contradicts the last manifest about ${contradicted}.`,
		);
	}

	/** Works from the last manifest to the first: an unchanged manifest has the hash of the previous one. */
	#checkHashes(): void {
		for (const sequence of this.#sequences.reverse()) {
			const link = this.links.get(sequence);
			const next = this.links.get(sequence + 1);
			if (!link || !next || next.manifest.previous === link.sha256) continue;
			this.#changed.add(sequence);
			const doubt = this.#changed.has(sequence + 1) ? ', which was modified, too' : '';
			this.findings.add(
				link.path,
				'hash',
				`The manifest was modified: its SHA-256 is ${link.sha256}, not the one in manifest ${sequence + 1}${doubt}.`,
			);
		}
	}

	#checkLink(sequence: number, { path, manifest }: Link): void {
		// A changed manifest is reported already, and its fields prove nothing.
		if (this.#changed.has(sequence)) return;
		const report = (problem: string) => this.findings.add(path, 'link', problem);
		const { activities, coverage } = manifest;
		const dayFiles = dayFilesIn(manifest);
		const lines = dayFiles.reduce((sum, file) => sum + file.lines, 0);
		if (activities.count !== lines) {
			report(`The manifest counts ${activities.count} activities, but names ${lines} lines.`);
		}
		if (
			(activities.first === null) !== (lines === 0) ||
			(activities.last === null) !== (lines === 0)
		) {
			report('The ids of the first and the last activity do not match the number of activities.');
		}
		if (coverage.from > coverage.to) report('The coverage ends before it begins.');
		if (sequence === 1) {
			if (manifest.previous !== null || manifest.checkpoint.before !== null) {
				report('The first manifest names an earlier manifest or checkpoint.');
			}
			return;
		}
		const previous = this.links.get(sequence - 1);
		if (!previous || this.#changed.has(sequence - 1)) return;
		const before = previous.manifest;
		if (coverage.from !== before.coverage.to) {
			report(
				`The coverage has a hole or an overlap: it ended at ${before.coverage.to} and continues at ${coverage.from}.`,
			);
		}
		if (manifest.checkpoint.before !== before.checkpoint.after) {
			report('The run did not start from the checkpoint of the previous manifest.');
		}
	}
}

function headIn(bytes: Buffer, findings: Findings): StoredHead | undefined {
	try {
		const head = decodeHead(bytes);
		decodeContents(head);
		if (!isHeadAsWritten(bytes)) {
			findings.add(
				HEAD_FILE,
				'head',
				'The file was modified: its formatting differs from what the Action writes.',
			);
		}
		return head;
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		const problem = error instanceof NewerVersion ? describeNewer(error) : error.summary;
		findings.add(HEAD_FILE, 'head', problem);
		return undefined;
	}
}

function describeNewer({ summary }: NewerVersion): string {
	return `${summary} Verify the archive with the newer release that wrote it.`;
}
