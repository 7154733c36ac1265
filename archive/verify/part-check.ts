import { dayNumber, RecordReader, utcDay } from '../../core';
import type { Part } from '../layout';
import { MAX_PART_LINES } from '../limits';
import { dayFilesIn, type Manifest } from '../manifest';
import type { Claim } from './chain';
import type { Findings } from './findings';
import { FingerprintSet } from './fingerprint-set';
import type { IdRegister } from './id-register';
import type { PartLines } from './part-lines';

/** Consecutive lines: those that one run added, or lines that match no manifest. */
interface LineBlock {
	readonly line: number;
	readonly lines: number;
	/** The run that added these lines; `undefined` when they were changed or belong to no manifest. */
	readonly claim: Claim | undefined;
}

/**
 * After so many lines that are invalid or repeat another line, the check of a file stops: more findings
 * would take long and add nothing.
 */
export const MAX_IDLE_LINES = 1000;

/**
 * Checks the lines of parts against the manifests. Parts of a day must be checked in their order, because
 * a run's activities may continue from one part in the next.
 */
export class PartCheck {
	/** Number of lines with an activity. */
	activities = 0;
	/** Number of lines with an unreadable record. */
	unreadable = 0;
	/** Number of lines of the current file, so far, that are invalid or repeat another line. */
	#idle = 0;
	/** Fingerprints of the ids in the current file so far. */
	readonly #fingerprints = new FingerprintSet();
	readonly #row = new RecordReader();
	/** The last `created_at` of each run so far. */
	readonly #reached = new Map<Manifest, number>();

	constructor(
		private readonly findings: Findings,
		private readonly ids: IdRegister,
	) {}

	/** @param claims in the order of lines */
	check(path: string, part: Part, lines: PartLines, claims: readonly Claim[]): void {
		if (lines.tooMany) {
			const problem = `The file has more than ${MAX_PART_LINES} lines. The Action never writes so many.`;
			this.findings.add(path, 'too many', problem);
			return;
		}
		this.#idle = 0;
		this.#fingerprints.clear();
		for (const block of this.#blocks(path, lines, claims)) {
			if (part.day === null) this.#count(path, lines, block);
			else this.#checkRows(path, part, lines, block);
			if (this.#idle < MAX_IDLE_LINES) continue;
			const problem = `The file has ${MAX_IDLE_LINES} lines that are invalid or repeat another line. The lines after them were not checked.`;
			this.findings.add(path, 'too many', problem);
			return;
		}
	}

	/**
	 * Divides a file into the blocks that runs added. After an insertion or removal, the later blocks are
	 * at other lines but still have their hashes. So only the damaged block is reported.
	 */
	#blocks(path: string, lines: PartLines, claims: readonly Claim[]): LineBlock[] {
		const expected = this.#endToEnd(path, claims);
		const shift = lines.count - expected.reduce((sum, block) => sum + block.lines, 0);
		const first =
			shift === 0 ? expected.length : expected.findIndex((each) => !intact(lines, each));
		const untouched = first === -1 ? expected.length : first;
		let moved = expected.length;
		if (shift !== 0) {
			while (moved > untouched && intact(lines, expected[moved - 1], shift)) moved--;
		}
		const blocks: LineBlock[] = expected.slice(0, untouched);
		if (shift !== 0) {
			const line = (blocks.at(-1)?.line ?? 1) + (blocks.at(-1)?.lines ?? 0);
			blocks.push(this.#damage(path, expected.slice(untouched, moved), { line, shift }));
		}
		for (const each of expected.slice(moved)) blocks.push({ ...each, line: each.line + shift });
		return blocks.map((each) => this.#checkHash(path, lines, each));
	}

	/** The blocks that manifests name, with the unnamed lines between them. */
	#endToEnd(path: string, claims: readonly Claim[]): LineBlock[] {
		const blocks: LineBlock[] = [];
		let next = 1;
		for (const claim of claims) {
			const { line, lines, manifest } = claim;
			if (line > next) {
				const gap = { line: next, lines: line - next, claim: undefined };
				blocks.push(gap);
				this.#reportUnnamed(path, gap);
			}
			if (line < next) {
				this.findings.add(
					[path, line],
					'overlap',
					`Manifest ${manifest.sequence} names lines that another manifest names, too.`,
				);
				continue;
			}
			blocks.push({ line, lines, claim });
			next = line + lines;
		}
		return blocks;
	}

	/** Reports missing or additional lines, and returns the block of lines in their place. */
	#damage(
		path: string,
		expected: readonly LineBlock[],
		{ line, shift }: { line: number; shift: number },
	): LineBlock {
		const wanted = expected.reduce((sum, block) => sum + block.lines, 0);
		const damaged = { line, lines: Math.max(wanted + shift, 0), claim: undefined };
		const runs = expected.flatMap(({ claim }) => claim?.manifest.sequence ?? []);
		const [one, last] = [runs[0], runs.at(-1)];
		if (one === undefined) {
			this.#reportUnnamed(path, damaged);
			return damaged;
		}
		const manifests = one === last ? `manifest ${one}` : `manifests ${one} to ${last}`;
		const number = Math.abs(shift);
		const change = `${number} ${number === 1 ? 'line' : 'lines'} ${shift < 0 ? 'fewer' : 'more'}`;
		this.findings.add(
			[path, line],
			'hash',
			`From here on, ${manifests} added ${wanted} ${wanted === 1 ? 'line' : 'lines'}; now the file has ${change}.`,
		);
		return damaged;
	}

	#checkHash(path: string, lines: PartLines, block: LineBlock): LineBlock {
		const { claim, line } = block;
		if (!claim || intact(lines, block)) return block;
		const last = line + block.lines - 1;
		this.findings.add(
			[path, line],
			'hash',
			`${last === line ? 'The line is not what' : `Lines ${line} to ${last} are not what`} manifest ${claim.manifest.sequence} added: the SHA-256 differs.`,
		);
		return { ...block, claim: undefined };
	}

	#reportUnnamed(path: string, { line, lines }: LineBlock): void {
		const last = line + lines - 1;
		this.findings.add(
			[path, line],
			'unnamed',
			`No manifest names ${last === line ? 'this line' : `lines ${line} to ${last}`}.`,
		);
	}

	/** Counts unreadable records. They have nothing to check, except that none occurs twice. */
	#count(path: string, lines: PartLines, { line, lines: count }: LineBlock): void {
		for (let at = line; at < line + count && this.#idle < MAX_IDLE_LINES; at++) {
			const id = lines.unreadableId(at);
			if (id === undefined) {
				this.#idle++;
				this.findings.add([path, at], 'row', 'The line is empty.');
				continue;
			}
			const bytes = Buffer.from(id);
			this.#register(bytes, 0, bytes.length);
			this.unreadable++;
		}
	}

	#checkRows(
		path: string,
		part: Part,
		lines: PartLines,
		{ line, lines: count, claim }: LineBlock,
	): void {
		let reached = (claim && this.#reached.get(claim.manifest)) ?? -Infinity;
		const row = this.#row;
		/** The day of the previous row, and whether it is the part's. Mostly it is that of the next, too. */
		let day = NaN;
		let isOfPart = false;
		let last = line;
		let reported = false;
		const report = (at: number, problem: string) => {
			// In a changed block, the first problem helps to find the place; the others add nothing.
			if (!reported || claim) this.findings.add([path, at], 'row', problem);
			reported = true;
		};
		for (let at = line; at < line + count && this.#idle < MAX_IDLE_LINES; at++) {
			last = at;
			if (!lines.readRow(at, row)) {
				this.#idle++;
				report(at, 'The line holds no activity: it is not JSON with an id and a created_at.');
				continue;
			}
			this.activities++;
			this.#register(row.idBytes, row.idStart, row.idEnd);
			if (dayNumber(row.createdAt) !== day) {
				day = dayNumber(row.createdAt);
				isOfPart = utcDay(row.createdAt) === part.day;
			}
			if (!isOfPart) {
				report(at, `The activity belongs to another day, ${utcDay(row.createdAt)}.`);
			} else if (row.createdAt < reached) {
				report(at, 'The activity is older than the previous activity of the same run.');
			}
			reached = Math.max(reached, row.createdAt);
		}
		if (claim) {
			this.#reached.set(claim.manifest, reached);
			this.#checkEnds(path, claim, lines, { first: line, last });
		}
	}

	#register(bytes: Uint8Array, start: number, end: number): void {
		const fingerprint = this.ids.fingerprintOf(bytes, start, end);
		this.ids.add(fingerprint);
		if (!this.#fingerprints.add(fingerprint)) this.#idle++;
	}

	#checkEnds(
		path: string,
		{ manifest }: Claim,
		lines: PartLines,
		{ first, last }: { first: number; last: number },
	): void {
		const dayFiles = dayFilesIn(manifest);
		const ends: [boolean, string, string | null, number][] = [
			[dayFiles[0]?.path === path, 'first', manifest.activities.first, first],
			[dayFiles.at(-1)?.path === path, 'last', manifest.activities.last, last],
		];
		for (const [here, which, id, line] of ends) {
			if (!here || lines.row(line)?.id === id) continue;
			this.findings.add(
				path,
				'ends',
				`Manifest ${manifest.sequence} names another activity as the ${which} one that it added.`,
			);
		}
	}
}

function intact(lines: PartLines, block: LineBlock | undefined, shift = 0): boolean {
	if (!block?.claim) return false;
	return lines.hash(block.line + shift, block.lines) === block.claim.sha256;
}
