import * as actions from '@actions/core';
import { DISORDER_MS, type Lateness, quote } from '../../core';
import { dayChart } from './day-chart';
import type { StartingPoint } from '../ledgers/ledger';
import { escapeText, newRecords, number } from './markdown';
import type { Fact } from '../outputs';
import { UNREADABLE_FILE } from '../sinks/unreadable-file';
import type { Tally } from './tally';

/** What a run did, as far as people want to read it. */
export interface RunReport {
	readonly tally: Tally;
	readonly start: StartingPoint['status'];
	/** What became of the checkpoint; `undefined` when it is not saved. */
	readonly fate: string | undefined;
	readonly caughtUp: boolean;
	/** What stays of a run that failed after it had delivered something; `undefined` when it did not. */
	readonly kept: string | undefined;
	/** How many records that cannot be read as activities it delivered. */
	readonly unreadable: number;
	/** How many activities of own requests were left out; `undefined` when they were kept. */
	readonly skipped: number | undefined;
	readonly lateness: Lateness;
	/** Milliseconds. */
	readonly overlap: number;
	/** What the ledger and the sinks say. */
	readonly facts: readonly Fact[];
	/** The `request-id` of the last page. */
	readonly requestId: string | undefined;
}

/** Longer tables end in a line that counts the rest: a summary is dropped past 1 MiB. */
const MAX_ROWS = 25;

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

function headline(report: RunReport): string {
	const { count, oldest, newest } = report.tally;
	const end = describeEnd(report);
	if (count === 0) return `**No new activities.**${end}`;
	return `**${newRecords(count, 0)}**, from ${minute(oldest)} to ${minute(newest)} UTC.${end}`;
}

function describeEnd({ caughtUp, kept, fate }: RunReport): string {
	if (kept !== undefined) {
		const next = fate === undefined ? 'delivers it once more' : 'goes on from there';
		return ` **Then this run failed**, as the log tells. ${kept}; the next run ${next}.`;
	}
	return caughtUp
		? ''
		: ' A limit stopped this run before the end of the feed; the next run goes on from there.';
}

const STARTS: Record<StartingPoint['status'], string> = {
	restored: 'went on from the last run',
	fallback: 'went on from the checkpoint in the newest artifact',
	initial: 'started at the backfill start',
};

function facts(report: RunReport): string {
	const { lateness, overlap, skipped, unreadable, requestId } = report;
	const late =
		lateness.count === 0
			? 'none'
			: `${number(lateness.count)} came more than ${inSeconds(DISORDER_MS)} behind what was read before, the latest by at least ${inSeconds(lateness.longest)} (overlap ${inSeconds(overlap)})`;
	const { fate = '**not saved**, so the next run delivers the same once more' } = report;
	const rows: Fact[] = [
		['Checkpoint', `${STARTS[report.start]}; ${fate}`],
		['Late arrivals', late],
	];
	if (unreadable > 0) {
		rows.push(['Unreadable records', `${number(unreadable)}, in \`${UNREADABLE_FILE}\``]);
	}
	if (skipped !== undefined) rows.push(['Own requests', `${number(skipped)} left out`]);
	rows.push(...report.facts);
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
	return /^[a-z0-9_-]{1,80}$/.test(name) ? `\`${name}\`` : escapeText(name) || '(none)';
}

function inSeconds(ms: number): string {
	return `${number(Math.round(ms / 1000))} s`;
}

function minute(instant = 0): string {
	return new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
}
