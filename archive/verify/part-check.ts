import { type Activity, utcDay } from '../../core';
import type { Part } from '../layout';
import { MAX_PART_LINES } from '../limits';
import { dayFilesIn, type Manifest } from '../manifest';
import type { Claim } from './chain';
import type { Findings } from './findings';
import type { IdRegister } from './id-register';
import type { PartLines } from './part-lines';

/** Lines that belong together: what one run added, or what nobody vouches for. */
interface LineBlock {
	readonly line: number;
	readonly lines: number;
	/** The run that added these lines, unchanged; `undefined` when that is not so. */
	readonly claim: Claim | undefined;
}

/**
 * With so many lines that hold nothing, or what another one holds, a file is not looked at any further:
 * that would take long and tell nothing.
 */
export const MAX_IDLE_LINES = 1000;

/**
 * Checks parts against what manifests say of them. Parts of a day have to come in their order,
 * since a run's activities may go on from one to the next.
 */
export class PartCheck {
	/** Lines that hold an activity. */
	activities = 0;
	/** Lines that hold a record that cannot be read as one. */
	unreadable = 0;
	/** How many lines of the file so far hold nothing, or what another one holds. */
	#idle = 0;
	/** What its other lines hold. */
	readonly #fingerprints = new Set<bigint>();
	/** The last `created_at` of each run so far. */
	readonly #reached = new Map<Manifest, number>();

	constructor(
		private readonly findings: Findings,
		private readonly ids: IdRegister,
	) {}

	/** @param claims in the order of lines */
	check(path: string, part: Part, lines: PartLines, claims: readonly Claim[]): void {
		if (lines.tooMany) {
			const problem = `The file has more than ${MAX_PART_LINES} lines, which the Action puts into none.`;
			this.findings.add(path, 'too many', problem);
			return;
		}
		this.#idle = 0;
		this.#fingerprints.clear();
		for (const block of this.#blocks(path, lines, claims)) {
			if (part.day === null) this.#count(path, lines, block);
			else this.#checkRows(path, part, lines, block);
			if (this.#idle < MAX_IDLE_LINES) continue;
			const problem = `The file has ${MAX_IDLE_LINES} lines that hold nothing, or what another one holds: it was not looked at any further.`;
			this.findings.add(path, 'too many', problem);
			return;
		}
	}

	/**
	 * Cuts a file into what runs have added. Where lines were inserted or removed, what follows stands
	 * elsewhere, but still has its hash: so the damage can be told from what was only moved by it.
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
		return blocks.map((each) => this.#vouchedFor(path, lines, each));
	}

	/** What manifests say, with what they leave out in between. */
	#endToEnd(path: string, claims: readonly Claim[]): LineBlock[] {
		const blocks: LineBlock[] = [];
		let next = 1;
		for (const claim of claims) {
			const { line, lines, manifest } = claim;
			if (line > next) {
				const gap = { line: next, lines: line - next, claim: undefined };
				blocks.push(gap);
				this.#unspoken(path, gap);
			}
			if (line < next) {
				this.findings.add(
					[path, line],
					'overlap',
					`Manifest ${manifest.sequence} speaks of lines that another manifest speaks of as well.`,
				);
				continue;
			}
			blocks.push({ line, lines, claim });
			next = line + lines;
		}
		return blocks;
	}

	/** Tells of lines that are too many or too few; gives what is there instead. */
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
			this.#unspoken(path, damaged);
			return damaged;
		}
		const manifests = one === last ? `manifest ${one}` : `manifests ${one} to ${last}`;
		const number = Math.abs(shift);
		const change = `${number} ${number === 1 ? 'line' : 'lines'} ${shift < 0 ? 'fewer' : 'more'}`;
		this.findings.add(
			[path, line],
			'hash',
			`From here on, ${manifests} added ${wanted} ${wanted === 1 ? 'line' : 'lines'}; now there are ${change}.`,
		);
		return damaged;
	}

	#vouchedFor(path: string, lines: PartLines, block: LineBlock): LineBlock {
		const { claim, line } = block;
		if (!claim || intact(lines, block)) return block;
		const last = line + block.lines - 1;
		this.findings.add(
			[path, line],
			'hash',
			`${last === line ? 'The line is not what' : `Lines ${line} to ${last} are not what`} manifest ${claim.manifest.sequence} added: their SHA-256 is another one.`,
		);
		return { ...block, claim: undefined };
	}

	#unspoken(path: string, { line, lines }: LineBlock): void {
		const last = line + lines - 1;
		this.findings.add(
			[path, line],
			'unspoken',
			`No manifest speaks of ${last === line ? 'this line' : `lines ${line} to ${last}`}.`,
		);
	}

	/** Of what cannot be read, there is nothing to judge but that it is there, and comes once. */
	#count(path: string, lines: PartLines, { line, lines: count }: LineBlock): void {
		for (let at = line; at < line + count && this.#idle < MAX_IDLE_LINES; at++) {
			const id = lines.unreadableId(at);
			if (id === undefined) {
				this.#idle++;
				this.findings.add([path, at], 'row', 'The line holds no record: it is empty.');
				continue;
			}
			this.#register(id);
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
		let row: Activity | undefined;
		let told = false;
		const tell = (at: number, problem: string) => {
			// Where lines were changed, the first oddity helps to find the place; more are no news.
			if (!told || claim) this.findings.add([path, at], 'row', problem);
			told = true;
		};
		for (let at = line; at < line + count && this.#idle < MAX_IDLE_LINES; at++) {
			row = lines.row(at);
			if (!row) {
				this.#idle++;
				tell(at, 'The line holds no activity: it is no JSON with an id and a created_at.');
				continue;
			}
			this.activities++;
			this.#register(row.id);
			if (utcDay(row.createdAt) !== part.day) {
				tell(at, `The activity is of another day, ${utcDay(row.createdAt)}.`);
			} else if (row.createdAt < reached) {
				tell(at, 'The activity is older than the one before it in the same run.');
			}
			reached = Math.max(reached, row.createdAt);
		}
		if (claim) {
			this.#reached.set(claim.manifest, reached);
			this.#checkEnds(path, claim, lines.row(line), row);
		}
	}

	#register(id: string): void {
		const fingerprint = this.ids.add(id);
		if (this.#fingerprints.has(fingerprint)) this.#idle++;
		else this.#fingerprints.add(fingerprint);
	}

	#checkEnds(
		path: string,
		claim: Claim,
		first: Activity | undefined,
		last: Activity | undefined,
	): void {
		const { manifest } = claim;
		const dayFiles = dayFilesIn(manifest);
		const ends: [boolean, string, string | null, Activity | undefined][] = [
			[dayFiles[0]?.path === path, 'first', manifest.activities.first, first],
			[dayFiles.at(-1)?.path === path, 'last', manifest.activities.last, last],
		];
		for (const [here, which, id, row] of ends) {
			if (!here || row?.id === id) continue;
			this.findings.add(
				path,
				'ends',
				`Manifest ${manifest.sequence} calls another activity the ${which} one that it added.`,
			);
		}
	}
}

function intact(lines: PartLines, block: LineBlock | undefined, shift = 0): boolean {
	if (!block?.claim) return false;
	return lines.hash(block.line + shift, block.lines) === block.claim.sha256;
}
