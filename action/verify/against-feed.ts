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

/** Every server accepts this page size. */
const PAGE_SIZE = 1000;
/**
 * The API may show times more coarsely than it compares them. So each request asks for so much more on
 * both sides of the day, in milliseconds. Only activities with a shown time of the day are compared.
 */
const MARGIN_MS = 5_000;
/** The user asks for this list, so it may be long. */
const MAX_OF_A_KIND = 10_000;

/** Both ends included, in milliseconds since the epoch. */
export interface ComparedInterval {
	readonly from: number;
	readonly to: number;
}

/** The differences between an archive and the present feed. */
export interface Comparison {
	readonly findings: readonly Finding[];
	/** Number of findings that are not listed. */
	readonly omitted: number;
	/** The part of the requested interval that the archive covers. */
	readonly compared: ComparedInterval;
	/** Number of activities that the feed showed. */
	readonly read: number;
}

export interface ComparisonOptions {
	readonly directory: string;
	readonly feed: Feed;
	readonly interval: ComparedInterval;
	/** The present on the feed's clock, in milliseconds since the epoch. */
	readonly now: () => number;
	/** Gets warnings about the feed. */
	readonly warn: (message: string) => void;
}

/** Successive runs with the same filters. */
interface Series {
	readonly filters: Filters;
	readonly runs: ReadonlySet<Manifest>;
	/** The first instant that these runs cover. */
	readonly from: number;
	readonly to: number;
	/** How far these runs read. They also archived activities after the coverage. */
	readonly readTo: number;
}

interface ArchivedRow {
	readonly path: string;
	readonly line: number;
	readonly createdAt: number;
	/** SHA-256 of its text. */
	readonly text: string;
	/** The run that added the line; `undefined` when no manifest names it. */
	readonly run: Manifest | undefined;
	shown: boolean;
}

/**
 * Reads an interval of the feed again, with the filters of the archive's runs, and compares. Keeps one
 * day in memory at a time.
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
	/** Number of activities that the feed showed. */
	read = 0;
	readonly #claims: ReadonlyMap<string, readonly Claim[]>;
	/** Ids of the activities that runs left out on purpose. */
	readonly #leftOut: ReadonlySet<string>;
	/** Ids of the archived unreadable records; read once the feed shows such a record. */
	#unreadable: ReadonlySet<string> | undefined;
	/** Ids of the reported unreadable records: near midnight, the requests of two days return the same. */
	readonly #missing = new Set<string>();

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
		// The runs need not have activities from before the interval that they asked for.
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
	 * Compares an unreadable record. It has no time of its own: it is no newer than the next activity in
	 * the feed, and no newer than the requested interval.
	 */
	async #compareUnreadable(
		{ id, before }: Unreadable,
		series: Series,
		{ from, to }: ComparedInterval,
	): Promise<void> {
		const latest = before ?? to;
		if (latest < from || latest > series.to || this.#missing.has(id)) return;
		this.#unreadable ??= await this.#unreadableIds();
		if (this.#unreadable.has(id)) return;
		this.#missing.add(id);
		const path = pathOfPart({ day: null, number: 1 });
		const problem = 'The archive lacks an unreadable record of the feed.';
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
 * Parses an interval, such as `2026-03-01..2026-03-07`: dates are whole days in UTC; date-times are in
 * UTC unless they have an offset.
 *
 * @throws UserError `invalid-setting` for anything else, and for an interval that ends before it begins
 */
export function parseInterval(text: string): ComparedInterval {
	const [first = '', last = '', ...rest] = text.split('..');
	const from = parseWrittenTime(first)?.from;
	const to = parseWrittenTime(last)?.to;
	if (from === undefined || to === undefined || rest.length > 0) {
		throw new UserError('invalid-setting', `The interval cannot be read: ${quote(text)}.`, {
			remedy:
				'Write the first and the last day, such as 2026-03-01..2026-03-07, or date-times such as 2026-03-01T08:00:00Z..2026-03-01T09:00:00Z.',
		});
	}
	if (from > to) {
		throw new UserError('invalid-setting', `The interval ends before it begins: ${quote(text)}.`, {
			remedy: 'Write the earlier day or date-time first.',
		});
	}
	return { from, to };
}

function seriesOf(manifests: readonly Manifest[]): Series[] {
	return byInterval(manifests).flatMap((runs, index) => {
		const [first, last] = [runs[0], runs.at(-1)];
		if (!first || !last) return [];
		// The first series includes its start; the others begin after the coverage of the one before.
		const from = (parseInstant(first.coverage.from) ?? 0) + (index > 0 ? 1 : 0);
		const to = parseInstant(last.coverage.to) ?? 0;
		const readTo = Math.max(parseInstant(last.endedAt) ?? 0, to);
		const filters = filtersIn(first.query);
		checkFilters(filters, () => undefined);
		return { filters, runs: new Set(runs), from, to, readTo };
	});
}

/** Whether these runs added a row. If no manifest names the row, its time decides. */
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

/** An interval in words. */
export function describeInterval({ from, to }: ComparedInterval): string {
	return `${formatInstant(from)} to ${formatInstant(to)}`;
}

function elsewhere(): UserError {
	return new UserError(
		'invalid-setting',
		'The archive was read from another address than this feed.',
		{ remedy: 'Set the base URL to that of the endpoint that the manifests name.' },
	);
}

function notCovered(): UserError {
	return new UserError('invalid-setting', 'The archive covers nothing of that interval.', {
		remedy: 'Choose an interval within those that verify lists as covered.',
	});
}
