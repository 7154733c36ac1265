import * as actions from '@actions/core';
import { DISORDER_MS, type Lateness, quote } from '../core';
import type { Committed } from './archive/archive';
import { daysOf } from './archive/manifest';
import type { UploadedArtifact } from './artifact';
import type { Start } from './checkpoint/checkpoint-store';
import { dayChart } from './day-chart';
import type { Tally } from './tally';
import { UNREADABLE_FILE } from './unreadable-file';

/** What a run did, as far as people want to read it. */
export interface RunReport {
	readonly tally: Tally;
	readonly start: Start['status'];
	readonly checkpointSaved: boolean;
	readonly caughtUp: boolean;
	/** Whether it failed after it had delivered something. */
	readonly failed: boolean;
	/** How many records that cannot be read as activities it delivered. */
	readonly unreadable: number;
	/** How many activities of own calls were left out; `undefined` when they were kept. */
	readonly skipped: number | undefined;
	readonly lateness: Lateness;
	/** Milliseconds. */
	readonly overlap: number;
	readonly artifact: UploadedArtifact | undefined;
	/** What became of the archive; `undefined` when nothing was to be committed. */
	readonly archive: ArchiveReport | undefined;
	/** The `request-id` of the last page. */
	readonly requestId: string | undefined;
}

/** What a run did to the archive. */
export interface ArchiveReport {
	/** The commits of the run, in their order. */
	readonly commits: readonly Committed[];
	/** Whether earlier runs knew an archive where there was none now. */
	readonly vanished: boolean;
}

/** Of more commits than this, the first and the last one are linked. */
const MAX_LINKED_COMMITS = 5;
/** Longer tables end in a line that counts the rest: a summary is dropped past 1 MiB. */
const MAX_ROWS = 25;
const MAX_NAME_LENGTH = 80;

/**
 * The job summary, in Markdown. It holds counts and dates only, nothing about a person, and every
 * text that comes from the feed is escaped.
 */
export function renderSummary(report: RunReport): string {
	const { tally } = report;
	const sections = ['## Anthropic compliance activities', headline(report), facts(report)];
	if (tally.count > 0) {
		const latestFirst = [...tally.byDay].sort(([a], [b]) => (a < b ? 1 : -1));
		sections.push(
			'### By day',
			dayChart(tally.byDay),
			'<details><summary>Counts</summary>',
			table('Day (UTC)', latestFirst),
			'</details>',
			'### By type',
			table('Type', mostFirst(tally.byType)),
			'### By kind of actor',
			table('Actor', mostFirst(tally.byActorType)),
		);
	}
	return `${sections.join('\n\n')}\n`;
}

/** Shows a summary on the page of the run, if there is one. */
export async function writeSummary(markdown: string): Promise<void> {
	// Outside of a runner there is nowhere to show a summary.
	if (!process.env.GITHUB_STEP_SUMMARY) return;
	try {
		await actions.summary.addRaw(markdown).write();
	} catch (error) {
		// The run has done its work; it must not look as if it had not.
		actions.warning(`The job summary could not be written: ${quote((error as Error).message)}`);
	}
}

/**
 * How much, in words.
 *
 * @param unreadable how many records that cannot be read as activities
 */
export function newRecords(activities: number, unreadable: number): string {
	const news = counted(activities, 'new activity', 'new activities');
	if (unreadable === 0) return news;
	return `${news} and ${counted(unreadable, 'unreadable record', 'unreadable records')}`;
}

function counted(count: number, one: string, many: string): string {
	return `${number(count)} ${count === 1 ? one : many}`;
}

function headline(report: RunReport): string {
	const { count, oldest, newest } = report.tally;
	const end = endOf(report);
	if (count === 0) return `**No new activities.**${end}`;
	return `**${newRecords(count, 0)}**, from ${minute(oldest)} to ${minute(newest)} UTC.${end}`;
}

function endOf({ caughtUp, failed, checkpointSaved, archive }: RunReport): string {
	if (failed) {
		const kept = archive
			? 'What is committed stays in the archive'
			: 'What it had read is delivered';
		const next = checkpointSaved ? 'goes on from there' : 'delivers it once more';
		return ` **Then this run failed**, as the log tells. ${kept}; the next run ${next}.`;
	}
	return caughtUp
		? ''
		: ' A limit stopped this run before the end of the feed; the next run goes on from there.';
}

const STARTS: Record<Start['status'], string> = {
	restored: 'went on from the last run',
	fallback: 'went on from the checkpoint in the newest artifact',
	initial: 'started at the backfill start',
};

function facts(report: RunReport): string {
	const { lateness, overlap, artifact, archive, skipped, unreadable, requestId } = report;
	const late =
		lateness.count === 0
			? 'none'
			: `${number(lateness.count)} came more than ${seconds(DISORDER_MS)} behind what was read before, the latest by at least ${seconds(lateness.longest)} (overlap ${seconds(overlap)})`;
	const rows: [string, string][] = [
		['Checkpoint', `${STARTS[report.start]}; ${fateOfCheckpoint(report)}`],
		['Late arrivals', late],
	];
	if (unreadable > 0) {
		rows.push(['Unreadable records', `${number(unreadable)}, in \`${UNREADABLE_FILE}\``]);
	}
	if (skipped !== undefined) rows.push(['Own requests', `${number(skipped)} left out`]);
	if (artifact) {
		rows.push(['Artifact', `[${escapeText(artifact.name)}](${artifact.url})`]);
		if (artifact.digest) rows.push(['Artifact digest', `\`${artifact.digest}\``]);
	}
	if (archive) rows.push(...factsOf(archive));
	if (requestId) rows.push(['Last request-id', `\`${requestId}\``]);
	return [`| | |`, `| --- | --- |`, ...rows.map(([name, fact]) => `| ${name} | ${fact} |`)].join(
		'\n',
	);
}

function fateOfCheckpoint({ checkpointSaved, archive }: RunReport): string {
	if (!checkpointSaved) return '**not saved**, so the next run delivers the same once more';
	if (!archive) return 'saved';
	return archive.commits.length > 0
		? 'committed with the activities'
		: 'nothing to commit, so the next run starts there too';
}

function factsOf({ commits, vanished }: ArchiveReport): [string, string][] {
	const rows: [string, string][] = [];
	if (vanished) {
		rows.push([
			'Archive begun anew',
			'**something has removed the one that earlier runs knew**, as the log tells',
		]);
	}
	const last = commits.at(-1);
	if (!last) return rows;
	const manifests = commits.map(({ manifest }) => manifest);
	const count = manifests.reduce((sum, { activities }) => sum + activities.count, 0);
	const days = new Set(manifests.flatMap(daysOf));
	const { manifest, manifestHash } = last;
	rows.push(
		[
			commits.length === 1 ? 'Commit' : `${number(commits.length)} commits`,
			`${linksTo(commits)}; ${counted(count, 'activity', 'activities')} added, ${counted(days.size, 'day', 'days')} touched`,
		],
		[
			'Archive',
			`manifest ${manifest.sequence}, \`${manifestHash}\`; holds everything up to ${manifest.coverage.to}`,
		],
	);
	const changed = new Set(manifests.flatMap((each) => each.changed));
	if (changed.size > 0) {
		rows.push(['Changed in the feed', `${number(changed.size)}, kept as archived`]);
	}
	return rows;
}

function linksTo(commits: readonly Committed[]): string {
	const links = commits.map(({ commit: { sha, url } }) => `[${sha.slice(0, 7)}](${url})`);
	if (links.length <= MAX_LINKED_COMMITS) return links.join(', ');
	return `${links[0]} … ${links.at(-1)}`;
}

function mostFirst(counts: ReadonlyMap<string, number>): [string, number][] {
	return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

function table(title: string, rows: readonly [string, number][]): string {
	const lines = rows
		.slice(0, MAX_ROWS)
		.map(([name, count]) => `| ${nameCell(name)} | ${number(count)} |`);
	const rest = rows.slice(MAX_ROWS);
	if (rest.length > 0) {
		const sum = rest.reduce((total, [, count]) => total + count, 0);
		lines.push(`| ${rest.length} more | ${number(sum)} |`);
	}
	return [`| ${title} | Activities |`, '| --- | ---: |', ...lines].join('\n');
}

/** A name as the API makes them is shown as code; what is unlike that is text, and harmless. */
function nameCell(name: string): string {
	return /^[a-z0-9_-]{1,80}$/.test(name) ? `\`${name}\`` : escapeText(name) || '(none)';
}

/** Leaves nothing that Markdown, HTML, a table or the direction of text could take for its own. */
function escapeText(text: string): string {
	return quote(text, MAX_NAME_LENGTH).replace(
		/[^\p{L}\p{N} ()-]/gu,
		(char) => `&#${char.codePointAt(0)};`,
	);
}

function number(value: number): string {
	return value.toLocaleString('en-US');
}

function seconds(ms: number): string {
	return `${number(Math.round(ms / 1000))} s`;
}

function minute(instant = 0): string {
	return new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
}
