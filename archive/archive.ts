import { posix } from 'node:path';
import {
	type Activity,
	type Batch,
	type Checkpoint,
	COMPLIANCE_API_ACCESSED,
	ComplianceError,
	Fingerprints,
	formatInstant,
	type Instant,
	LAST_INSTANT,
	oldestAfter,
	parseInstant,
	toInstant,
	type Unreadable,
} from '../core';
import { type Branch, BranchMoved, type Commit, type Head } from '../action/github/branch';
import { hasChain, requireChainEnd, type StoredFiles } from './chain-end';
import { type Addition, encodeManifest, type Manifest, pathOfManifest, sha256 } from './manifest';
import { dayOfPart, MAX_PART_BYTES, type Part, partAt, pathOfPart } from './part';
import {
	ATTRIBUTES,
	ATTRIBUTES_FILE,
	decodeContents,
	decodeState,
	encodeState,
	settledBy,
	STATE_FILE,
	type StoredState,
	textKey,
	unusableState,
} from './head';

const MAX_TRIES = 5;
const NEWLINE = 0x0a;

/**
 * Another run has added to the archive: what was read from its old checkpoint is no longer new. The
 * archive has been opened again, so that its checkpoint is the present one.
 */
export class ArchiveMoved extends Error {
	override readonly name = 'ArchiveMoved';
}

/** What an archive needs of a branch. */
export type ArchiveBranch = Pick<Branch, 'head' | 'read' | 'list' | 'commit'>;

/** A batch without the texts that the archive holds already: they would only fill the memory. */
export interface News extends Omit<Batch, 'known'> {
	/** Archived activities that the feed now shows with other content. */
	readonly changed: readonly Activity[];
}

/** What a run wants to add: batches that follow each other, read from the archive's checkpoint. */
export interface Reading {
	readonly endpoint: string;
	readonly product: string;
	/** Address of the workflow run. */
	readonly run: string;
	/** At least one. */
	readonly batches: readonly News[];
}

export interface Committed {
	readonly commit: Commit;
	readonly manifest: Manifest;
	/** SHA-256 of the manifest: by it, anybody can tell later whether the archive still has it. */
	readonly manifestHash: string;
	/** Below the repository's root. */
	readonly manifestPath: string;
	/** Size of the checkpoint's file in bytes. */
	readonly stateSize: number;
}

/** A commit that is still to be made. */
interface Draft extends Pick<Committed, 'manifest' | 'manifestHash' | 'manifestPath'> {
	readonly files: ReadonlyMap<string, Buffer>;
	readonly state: Buffer;
}

/**
 * The audit archive in a branch: day files that only grow, a manifest for each commit, and the
 * checkpoint. All three change in one commit, so none can say what the others do not hold.
 */
export class Archive {
	#warned = false;
	#head: Head | undefined;
	#stored: Buffer | undefined;
	#state: StoredState | undefined;
	#contents = new Fingerprints();

	/**
	 * @param directory path in the repository, without slashes around it
	 * @param pause resolves after about so many milliseconds
	 * @param warn is told what somebody should look at
	 */
	constructor(
		private readonly branch: ArchiveBranch,
		private readonly directory: string,
		private readonly pause: (ms: number) => Promise<void>,
		private readonly warn: (text: string) => void = () => undefined,
	) {}

	/**
	 * Reads where the archive stands. To be called before anything else.
	 *
	 * @throws ComplianceError when the branch cannot be read, or the archive contradicts itself
	 */
	async open(): Promise<void> {
		const head = await this.branch.head();
		const stored = head && (await this.branch.read(head, this.#path(STATE_FILE)));
		this.#stand(head, stored);
		if (head) await this.#check(head);
	}

	#stand(head: Head | undefined, stored: Buffer | undefined): void {
		this.#head = head;
		this.#stored = stored;
		this.#state = stored && decodeState(stored);
		this.#contents = this.#state ? decodeContents(this.#state) : new Fingerprints();
	}

	async #check(head: Head): Promise<void> {
		const files: StoredFiles = {
			read: (path) => this.branch.read(head, this.#path(path)),
			list: (directory) => this.branch.list(head, this.#path(directory)),
		};
		if (this.#state) await requireChainEnd(files, this.#state);
		// An archive that lost its state must not begin anew: everything would stand in it twice.
		else if (await hasChain(files)) throw unusableState('is missing');
	}

	/** What the archive holds; `undefined` when there is none yet. */
	get checkpoint(): Checkpoint | undefined {
		return this.#state?.checkpoint;
	}

	/** When the archive was last committed to, by the server's clock, in milliseconds since the epoch. */
	get lastCommit(): number | undefined {
		return this.#state && parseInstant(this.#state.manifest.endedAt);
	}

	/**
	 * What a batch tells the archive, given what it holds now. What it is known to hold is no news,
	 * whatever the checkpoint says that the batch was read from.
	 */
	newsIn({ known, ...batch }: Batch): News {
		const contents = this.#contents;
		const isNew = ({ id }: { readonly id: string }) => !contents.has(id);
		const held = batch.activities.filter((activity) => !isNew(activity));
		// Not all of them need be own ones: then there is a commit more at most.
		const ownHeld = held.filter(({ type }) => type === COMPLIANCE_API_ACCESSED).length;
		return {
			...batch,
			activities: batch.activities.filter(isNew),
			unreadable: batch.unreadable.filter(isNew),
			skipped: batch.skipped.filter((id) => isNew({ id })),
			own: Math.max(batch.own - ownHeld, 0),
			changed: [...known, ...held].filter(
				({ id, json }) => contents.has(id) && !contents.has(textKey(id, json)),
			),
		};
	}

	/**
	 * Adds a reading in one commit.
	 *
	 * @param message of the commit
	 * @throws ArchiveMoved when another run was quicker: read again, from where the archive stands now
	 * @throws ComplianceError when GitHub refuses
	 */
	async add(reading: Reading, message: (manifest: Manifest) => string): Promise<Committed> {
		for (let tries = 1; ; tries++) {
			const draft = await this.#draft(reading);
			try {
				const commit = await this.branch.commit(this.#head, draft.files, message(draft.manifest));
				// Not asked for: it is known, and what fails now must not look like a failed commit.
				this.#stand({ commit: commit.sha, tree: commit.tree }, draft.state);
				return committed(draft, commit);
			} catch (error) {
				if (!(error instanceof BranchMoved)) throw error;
				// Those who lost a race together must not start the next one together.
				await this.pause(2 ** tries * 250 * (0.5 + Math.random()));
				const [head, stored] = [this.#head, this.#stored];
				await this.open();
				if (this.#state?.manifest.sha256 === draft.manifestHash) {
					// It had worked; only the answer got lost.
					return committed(draft, error.attempted);
				}
				if (stored && !this.#stored) throw removed(this.directory);
				if (!sameBytes(stored, this.#stored)) throw new ArchiveMoved();
				if (tries === MAX_TRIES) {
					throw this.#head?.commit === head?.commit ? error.refusal : overtaken();
				}
			}
		}
	}

	async #draft(reading: Reading): Promise<Draft> {
		const activities = inOrder(reading.batches.flatMap((batch) => batch.activities));
		const unreadable = reading.batches.flatMap((batch) => batch.unreadable);
		const files = new Map<string, Buffer>();
		const additions = await this.#append(linesByDay(activities, unreadable), files);
		const { checkpoint } = lastOf(reading.batches);
		const contents = this.#newContents(reading, checkpoint);
		const manifest = this.#manifest(reading, activities, additions, contents);
		const encoded = encodeManifest(manifest);
		const hash = sha256(encoded);
		const manifestPath = this.#path(pathOfManifest(manifest.sequence));
		files.set(manifestPath, encoded);
		const { sequence, endedAt, coverage } = manifest;
		const state = encodeState({
			checkpoint,
			manifest: { sequence, sha256: hash, endedAt, coveredTo: coverage.to },
			contents,
		});
		files.set(this.#path(STATE_FILE), state);
		if (sequence === 1) await this.#addAttributes(files);
		return { files, state, manifest, manifestPath, manifestHash: hash };
	}

	/** A file that somebody else has put there stays as it is. */
	async #addAttributes(files: Map<string, Buffer>): Promise<void> {
		const path = this.#path(ATTRIBUTES_FILE);
		const there = this.#head && (await this.branch.read(this.#head, path));
		if (!there) files.set(path, Buffer.from(ATTRIBUTES));
		else if (there.toString() !== ATTRIBUTES && !this.#warned) {
			this.#warned = true;
			this.warn(
				`${path} is not the archive’s, and stays as it is. Git may change line ends when it checks the archive out, and verify will report the file: replace its content with "${ATTRIBUTES.trim()}", or choose another commit-path.`,
			);
		}
	}

	/** Puts lines at the end of their days' last parts. */
	async #append(days: LinesByDay, files: Map<string, Buffer>): Promise<Addition[]> {
		const additions: Addition[] = [];
		for (const [day, lines] of days) {
			let { number, content } = await this.#lastPart(day);
			for (let from = 0, to = 0; from < lines.length; from = to) {
				if (content.length >= MAX_PART_BYTES) {
					number++;
					content = Buffer.alloc(0);
				}
				to = endOfPart(lines, from, MAX_PART_BYTES - content.length);
				const added = Buffer.concat(lines.slice(from, to));
				const path = pathOfPart({ day, number });
				const line = countLines(content) + 1;
				additions.push({ path, line, lines: to - from, sha256: sha256(added) });
				content = Buffer.concat([content, added]);
				files.set(this.#path(path), content);
			}
		}
		return additions;
	}

	async #lastPart(day: Part['day']): Promise<{ number: number; content: Buffer }> {
		if (!this.#head) return { number: 1, content: Buffer.alloc(0) };
		const directory = posix.dirname(pathOfPart({ day, number: 1 }));
		const names = await this.branch.list(this.#head, posix.join(this.directory, directory));
		let number = 0;
		for (const name of names) {
			const part = partAt(posix.join(directory, name));
			if (part?.day === day) number = Math.max(number, part.number);
		}
		if (number === 0) return { number: 1, content: Buffer.alloc(0) };
		const path = this.#path(pathOfPart({ day, number }));
		const content = await this.branch.read(this.#head, path);
		if (content?.at(-1) !== NEWLINE) throw tampered(path);
		return { number, content };
	}

	#manifest(
		reading: Reading,
		activities: readonly Activity[],
		files: readonly Addition[],
		contents: string,
	): Manifest {
		const { batches, product, run, endpoint } = reading;
		const last = lastOf(batches);
		const readAt = batches.map(({ source }) => source.readAt);
		const before = this.#state;
		const from = before?.manifest.coveredTo ?? last.checkpoint.start;
		return {
			version: 1,
			sequence: (before?.manifest.sequence ?? 0) + 1,
			previous: before?.manifest.sha256 ?? null,
			product,
			run,
			endpoint,
			query: batches[0]?.source.query ?? '',
			// Pages that were read side by side need not have been read in feed order.
			startedAt: formatInstant(Math.min(...readAt)),
			endedAt: formatInstant(Math.max(...readAt)),
			coverage: { from, to: laterOf(from, settledBy(last.checkpoint)) },
			checkpoint: {
				before: before?.hashes.checkpoint ?? null,
				after: sha256(JSON.stringify(last.checkpoint)),
			},
			contents: sha256(contents),
			requestIds: batches.flatMap(({ source }) => source.requestId ?? []),
			cursor: last.source.lastId,
			activities: {
				count: activities.length,
				first: activities[0]?.id ?? null,
				last: activities.at(-1)?.id ?? null,
			},
			leftOut: batches.flatMap(({ skipped }) => skipped),
			changed: changedIn(batches).map(({ id }) => id),
			files,
		};
	}

	/** What to compare later readings with: as far as the next one may show it again. */
	#newContents({ batches }: Reading, checkpoint: Checkpoint): string {
		const contents = new Fingerprints();
		contents.adopt(this.#contents);
		const oldest = oldestAfter(beginOf(checkpoint));
		const added = batches.flatMap(({ activities }) => activities);
		for (const activity of [...added, ...changedIn(batches)]) {
			const { id, createdAt } = activity;
			if (createdAt < oldest) continue;
			contents.add(id, createdAt);
			contents.add(textKey(id, activity.json), createdAt);
		}
		for (const { id, before = LAST_INSTANT } of batches.flatMap(({ unreadable }) => unreadable)) {
			contents.add(id, before);
		}
		contents.prune(oldest);
		return contents.encode();
	}

	#path(path: string): string {
		return `${this.directory}/${path}`;
	}
}

/**
 * In the order of the feed: a walk that had to begin anew may have found late activities behind ones
 * that it had already passed.
 */
function inOrder(activities: Activity[]): Activity[] {
	return activities.sort((one, other) => one.createdAt - other.createdAt);
}

type LinesByDay = ReadonlyMap<Part['day'], readonly Buffer[]>;

/** The lines of each day; at the end, under `null`, those that are of no day. */
function linesByDay(
	activities: readonly Activity[],
	unreadable: readonly Unreadable[],
): LinesByDay {
	const days = new Map<Part['day'], Buffer[]>();
	const add = (day: Part['day'], json: string) => {
		const line = Buffer.from(`${json}\n`);
		const lines = days.get(day);
		if (lines) lines.push(line);
		else days.set(day, [line]);
	};
	for (const { createdAt, json } of activities) add(dayOfPart(createdAt), json);
	for (const { json } of unreadable) add(null, json);
	return days;
}

/** A walk that starts again shows some of them again. */
function changedIn(batches: readonly News[]): Activity[] {
	const changed = batches.flatMap((batch) => batch.changed);
	return [...new Map(changed.map((activity) => [activity.id, activity])).values()];
}

/** What is told of a commit: not the files, so that none of them is kept. */
function committed(draft: Draft, commit: Commit): Committed {
	const { manifest, manifestHash, manifestPath, state } = draft;
	return { commit, manifest, manifestHash, manifestPath, stateSize: state.length };
}

function lastOf(batches: readonly News[]): News {
	const last = batches.at(-1);
	if (!last) throw new Error('A reading has at least one batch.');
	return last;
}

/** Behind the line with which a part has no more room than so many bytes. */
function endOfPart(lines: readonly Buffer[], from: number, room: number): number {
	let to = from;
	for (let size = 0; to < lines.length && size < room; to++) size += lines[to]?.length ?? 0;
	return to;
}

function tampered(path: string): ComplianceError {
	return new ComplianceError(
		'invalid-checkpoint',
		`The last line of ${path} has no end, so something else has changed the file.`,
		{ remedy: 'Verify the archive, and restore the file from the branch’s history.' },
	);
}

function countLines(content: Buffer): number {
	let lines = 0;
	for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) lines++;
	return lines;
}

/** Where the next reading begins. */
function beginOf({ frontier, start }: Checkpoint): Instant {
	return parseInstant(frontier ?? start) ?? toInstant(0);
}

/** Of two instants in the same form. */
function laterOf(one: string, other: string): string {
	return one > other ? one : other;
}

function sameBytes(one: Buffer | undefined, other: Buffer | undefined): boolean {
	return one === other || (one !== undefined && other !== undefined && one.equals(other));
}

function removed(directory: string): ComplianceError {
	return new ComplianceError(
		'unavailable',
		`The archive ${directory} was removed while this run added to it.`,
		{
			remedy:
				'Somebody deleted the branch, or emptied it. Restore it from a clone; without it, the next run begins another archive at the backfill start.',
		},
	);
}

function overtaken(): ComplianceError {
	return new ComplianceError(
		'unavailable',
		`The branch moved ${MAX_TRIES} times while this run tried to commit.`,
		{
			remedy:
				'Nothing is lost: the next run commits the same. Give the archive a branch that nothing else pushes to.',
		},
	);
}
