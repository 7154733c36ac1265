import * as actions from '@actions/core';
import { type Lateness, quote } from '../core';
import type { Committed } from './archive/archive';
import type { UploadedArtifact } from './artifact';
import type { Start } from './checkpoint/checkpoint-store';
import { dayChart } from './day-chart';
import type { Tally } from './tally';

/** What a run did, as far as people want to read it. */
export interface RunReport {
	readonly tally: Tally;
	readonly start: Start['status'];
	readonly checkpointSaved: boolean;
	readonly caughtUp: boolean;
	/** How many activities of own calls were left out; `undefined` when they were kept. */
	readonly skipped: number | undefined;
	readonly lateness: Lateness;
	/** Milliseconds. */
	readonly overlap: number;
	readonly artifact: UploadedArtifact | undefined;
	/** The last commit to the archive. */
	readonly committed: Committed | undefined;
	/** The `request-id` of the last page. */
	readonly requestId: string | undefined;
}

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

/** How many, in words. */
export function newActivities(count: number): string {
	return `${number(count)} new ${count === 1 ? 'activity' : 'activities'}`;
}

function headline({ tally, caughtUp }: RunReport): string {
	const { count, oldest, newest } = tally;
	const end = caughtUp
		? ''
		: ' A limit stopped this run before the end of the feed; the next run goes on from there.';
	if (count === 0) return `**No new activities.**${end}`;
	return `**${newActivities(count)}**, from ${minute(oldest)} to ${minute(newest)} UTC.${end}`;
}

const STARTS: Record<Start['status'], string> = {
	restored: 'went on from the last run',
	fallback: 'went on from the checkpoint in the newest artifact',
	initial: 'started at the backfill start',
};

function facts(report: RunReport): string {
	const { lateness, overlap, artifact, committed, skipped, requestId } = report;
	const saved = report.checkpointSaved
		? 'saved'
		: '**not saved**, so the next run delivers the same once more';
	const late =
		lateness.count === 0
			? 'none'
			: `${number(lateness.count)}, the latest by at least ${seconds(lateness.longest)} (overlap ${seconds(overlap)})`;
	const rows: [string, string][] = [
		['Checkpoint', `${STARTS[report.start]}; ${saved}`],
		['Late arrivals', late],
	];
	if (skipped !== undefined) rows.push(['Own requests', `${number(skipped)} left out`]);
	if (artifact) {
		rows.push(['Artifact', `[${escapeText(artifact.name)}](${artifact.url})`]);
		if (artifact.digest) rows.push(['Artifact digest', `\`${artifact.digest}\``]);
	}
	if (committed) {
		const { commit, manifest, manifestHash } = committed;
		const days = new Set(manifest.files.map(({ path }) => path.slice(0, 10)));
		rows.push(
			[
				'Commit',
				`[${commit.sha.slice(0, 7)}](${commit.url}), ${number(days.size)} ${days.size === 1 ? 'day' : 'days'} touched`,
			],
			[
				'Archive',
				`manifest ${manifest.sequence}, \`${manifestHash}\`; holds everything up to ${manifest.coverage.to}`,
			],
		);
		if (manifest.changed.length > 0) {
			rows.push(['Changed in the feed', `${number(manifest.changed.length)}, kept as archived`]);
		}
	}
	if (requestId) rows.push(['Last request-id', `\`${requestId}\``]);
	return [`| | |`, `| --- | --- |`, ...rows.map(([name, fact]) => `| ${name} | ${fact} |`)].join(
		'\n',
	);
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
	return /^[a-z0-9_-]{1,80}$/.test(name) ? `\`${name}\`` : escapeText(name || '(none)');
}

/** Leaves nothing that Markdown, HTML or a table could take for its own. */
function escapeText(text: string): string {
	const short = text.length > MAX_NAME_LENGTH ? `${text.slice(0, MAX_NAME_LENGTH)}…` : text;
	return short.replace(/[^\p{L}\p{N} ()-]/gu, (char) => `&#${char.codePointAt(0)};`);
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
