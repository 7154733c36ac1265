import {
	Activity,
	checkFilters,
	UserError,
	DAY_MS,
	dayNumber,
	type Feed,
	type Filters,
	filtersIn,
	formatInstant,
	list,
	parseInstant,
	parseWrittenTime,
	quote,
	type Unreadable,
	utcDay,
} from '../../core';
import { partAt, pathOfPart } from '../../archive/layout';
import { MAX_PART_SIZE } from '../../archive/limits';
import type { Manifest } from '../../archive/manifest';
import { sha256 } from '../../archive/sha256';
import type { ArchiveFiles } from '../../archive/verify/archive-files';
import { Chain, type Claim } from '../../archive/verify/chain';
import { type Finding, Findings } from '../../archive/verify/findings';
import { byInterval } from '../../archive/verify/intervals';
import { PartLines } from '../../archive/verify/part-lines';
import { openArchive } from '../../archive/verify/verify';

/** Every server takes pages of this size. */
const PAGE_SIZE = 1000;
/**
 * The API may show a time more coarsely than it compares it: so much more than a day is asked for, on
 * both sides, in milliseconds, and what is shown with a time of the day is compared.
 */
const MARGIN_MS = 5_000;
/** The list is what is asked for here, so that it is long before it is cut. */
const MAX_OF_A_KIND = 10_000;

/** Both ends included, in milliseconds since the epoch. */
export interface ComparedInterval {
	readonly from: number;
	readonly to: number;
}

/** What differs between an archive and the feed as it is now. */
export interface Comparison {
	readonly findings: readonly Finding[];
	readonly omitted: number;
	/** What was compared: of the interval that was asked for, what the archive covers. */
	readonly compared: ComparedInterval;
	/** How many activities the feed has shown. */
	readonly read: number;
}

export interface ComparisonOptions {
	readonly directory: string;
	readonly feed: Feed;
	readonly interval: ComparedInterval;
	/** The present on the feed's clock, in milliseconds since the epoch. */
	readonly now: () => number;
	/** Is told of what is odd about the feed, but does no harm. */
	readonly warn: (message: string) => void;
}

/** Runs that followed each other with the same filters. */
interface Series {
	readonly filters: Filters;
	readonly runs: ReadonlySet<Manifest>;
	/** What the archive holds whole by them. */
	readonly from: number;
	readonly to: number;
	/** How far they have read: what is younger than the coverage is in the archive as well. */
	readonly readTo: number;
}

interface ArchivedRow {
	readonly path: string;
	readonly line: number;
	readonly createdAt: number;
	/** SHA-256 of its text. */
	readonly text: string;
	/** The run that added it; `undefined` when no manifest speaks of it. */
	readonly run: Manifest | undefined;
	shown: boolean;
}

/**
 * Reads an interval of the feed again, with the filters that the archive was made with, and compares.
 * A day is kept in memory at a time.
 *
 * @throws UserError when the archive covers nothing of the interval or was read from another
 *   address, and when the feed cannot be read
 */
export async function compareWithFeed(options: ComparisonOptions): Promise<Comparison> {
	const { directory, feed, interval } = options;
	const files = await openArchive(directory);
	const chain = await Chain.read(files, new Findings());
	const manifests = [...chain.links.values()].map(({ manifest }) => manifest);
	for (const { endpoint } of manifests) if (endpoint !== feed.endpoint) throw elsewhere();
	const series = seriesOf(manifests);
	const compared = overlapOf(interval, {
		from: series[0]?.from ?? Infinity,
		to: series.at(-1)?.to ?? -Infinity,
	});
	if (!compared) throw notCovered();
	const comparison = new DayByDay(options, files, chain, manifests);
	for (const each of series) await comparison.compare(each, compared);
	const { findings, read } = comparison;
	return { findings: findings.listed, omitted: findings.omitted, compared, read };
}

class DayByDay {
	readonly findings = new Findings(MAX_OF_A_KIND);
	/** How many activities the feed has shown. */
	read = 0;
	readonly #claims: ReadonlyMap<string, readonly Claim[]>;
	/** Ids of the activities that are not archived on purpose. */
	readonly #leftOut: ReadonlySet<string>;
	/** Ids of the archived records that cannot be read as activities; read when the feed shows one. */
	#unreadable: ReadonlySet<string> | undefined;
	/** Of those that lack, the ids: around midnight, two days show the same. */
	readonly #lacking = new Set<string>();

	constructor(
		private readonly options: ComparisonOptions,
		private readonly files: ArchiveFiles,
		chain: Chain,
		manifests: readonly Manifest[],
	) {
		this.#claims = chain.claims;
		this.#leftOut = new Set(manifests.flatMap(({ leftOut }) => leftOut));
	}

	async compare(series: Series, interval: ComparedInterval): Promise<void> {
		const common = overlapOf(interval, { from: series.from, to: series.readTo });
		if (!common) return;
		for (let { from } = common; from <= common.to;) {
			const to = Math.min(common.to, (dayNumber(from) + 1) * DAY_MS - 1);
			await this.#compareDay(series, { from, to });
			from = to + 1;
		}
	}

	async #compareDay(series: Series, { from, to }: ComparedInterval): Promise<void> {
		const day = utcDay(from);
		const archived = await this.#rowsOf(day);
		const { feed, now, warn } = this.options;
		// What is older than what the runs have asked for, they need not have.
		const asked = { from: Math.max(from - MARGIN_MS, series.from), to: to + MARGIN_MS };
		const { filters } = series;
		const shown = list({ feed, filters, order: 'asc', ...asked, pageSize: PAGE_SIZE, now, warn });
		for await (const record of shown) {
			if (!(record instanceof Activity)) {
				await this.#compareUnreadable(record, series, { from, to: asked.to });
				continue;
			}
			const { id, createdAt, json } = record;
			if (createdAt < from || createdAt > to) continue;
			this.read++;
			const row = archived.get(id);
			if (row) {
				row.shown = true;
				if (addedBy(series, row) && row.text !== sha256(json)) {
					const problem = 'The feed now shows this activity with other content.';
					this.findings.add([row.path, row.line], 'other', problem, id);
				}
			} else if (createdAt <= series.to && !this.#leftOut.has(id)) {
				const path = pathOfPart({ day, number: 1 });
				this.findings.add(path, 'lacks', 'The archive lacks an activity of the feed.', id);
			}
		}
		for (const [id, row] of archived) {
			const { createdAt, path, line } = row;
			if (row.shown || createdAt < from || createdAt > to || !addedBy(series, row)) continue;
			this.findings.add([path, line], 'beyond', 'The feed does not show this activity.', id);
		}
	}

	/**
	 * Looks for a record that cannot be read as an activity. It has no time of its own: it is not newer
	 * than the activity behind it, nor than what was asked for.
	 */
	async #compareUnreadable(
		{ id, before }: Unreadable,
		series: Series,
		{ from, to }: ComparedInterval,
	): Promise<void> {
		const latest = before ?? to;
		if (latest < from || latest > series.to || this.#lacking.has(id)) return;
		this.#unreadable ??= await this.#unreadableIds();
		if (this.#unreadable.has(id)) return;
		this.#lacking.add(id);
		const path = pathOfPart({ day: null, number: 1 });
		const problem = 'The archive lacks a record of the feed that cannot be read as an activity.';
		this.findings.add(path, 'lacks', problem, id);
	}

	async #unreadableIds(): Promise<ReadonlySet<string>> {
		const ids = new Set<string>();
		for (const path of this.files.paths) {
			if (partAt(path)?.day !== null) continue;
			const lines = new PartLines((await this.files.read(path, MAX_PART_SIZE)) ?? Buffer.alloc(0));
			for (let line = 1; line <= lines.count; line++) {
				const id = lines.unreadableId(line);
				if (id !== undefined) ids.add(id);
			}
		}
		return ids;
	}

	async #rowsOf(day: string): Promise<Map<string, ArchivedRow>> {
		const rows = new Map<string, ArchivedRow>();
		for (const path of this.files.paths) {
			if (partAt(path)?.day !== day) continue;
			const lines = new PartLines((await this.files.read(path, MAX_PART_SIZE)) ?? Buffer.alloc(0));
			const claims = this.#claims.get(path) ?? [];
			for (let line = 1, at = 0; line <= lines.count; line++) {
				while (at < claims.length && line >= lineBehind(claims[at])) at++;
				const row = lines.row(line);
				if (!row) continue;
				const { id, createdAt, json } = row;
				const run = claims[at]?.manifest;
				rows.set(id, { path, line, createdAt, text: sha256(json), run, shown: false });
			}
		}
		return rows;
	}
}

/**
 * Reads an interval, such as `2026-03-01..2026-03-07`: dates, whole days in UTC, or date-times, in UTC
 * unless they have an offset.
 *
 * @throws UserError `invalid-setting` for anything else, and for an interval that ends before it begins
 */
export function parseInterval(text: string): ComparedInterval {
	const [first = '', last = '', ...rest] = text.split('..');
	const from = parseWrittenTime(first)?.from;
	const to = parseWrittenTime(last)?.to;
	if (from === undefined || to === undefined || rest.length > 0) {
		throw new UserError('invalid-setting', `The period cannot be read: ${quote(text)}.`, {
			remedy:
				'Write the first and the last day, such as 2026-03-01..2026-03-07, or date-times such as 2026-03-01T08:00:00Z..2026-03-01T09:00:00Z.',
		});
	}
	if (from > to) {
		throw new UserError('invalid-setting', `The period ends before it begins: ${quote(text)}.`, {
			remedy: 'Write the earlier day or date-time first.',
		});
	}
	return { from, to };
}

function seriesOf(manifests: readonly Manifest[]): Series[] {
	return byInterval(manifests).flatMap((runs, index) => {
		const [first, last] = [runs[0], runs.at(-1)];
		if (!first || !last) return [];
		// Later than what was covered before; only the very first instant belongs to the first run.
		const from = (parseInstant(first.coverage.from) ?? 0) + (index > 0 ? 1 : 0);
		const to = parseInstant(last.coverage.to) ?? 0;
		const readTo = Math.max(parseInstant(last.endedAt) ?? 0, to);
		const filters = filtersIn(first.query);
		checkFilters(filters, () => undefined);
		return { filters, runs: new Set(runs), from, to, readTo };
	});
}

/** Whether these runs have added a row, or must have if nobody knows. */
function addedBy({ runs, from, to }: Series, { run, createdAt }: ArchivedRow): boolean {
	return run ? runs.has(run) : createdAt >= from && createdAt <= to;
}

function lineBehind(claim: Claim | undefined): number {
	return claim ? claim.line + claim.lines : Infinity;
}

function overlapOf(one: ComparedInterval, other: ComparedInterval): ComparedInterval | undefined {
	const from = Math.max(one.from, other.from);
	const to = Math.min(one.to, other.to);
	return from <= to ? { from, to } : undefined;
}

/** An interval for people. */
export function describeInterval({ from, to }: ComparedInterval): string {
	return `${formatInstant(from)} to ${formatInstant(to)}`;
}

function elsewhere(): UserError {
	return new UserError(
		'invalid-setting',
		'The archive was read from another address than the feed to compare it with.',
		{ remedy: 'Check the base URL: the manifests name their endpoint.' },
	);
}

function notCovered(): UserError {
	return new UserError('invalid-setting', 'The archive covers nothing of that period.', {
		remedy: 'Choose a period within what the archive covers.',
	});
}
