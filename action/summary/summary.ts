import * as actions from '@actions/core';
import { DISORDER_MS, type Lateness, quote } from '../../core';
import { dayChart } from './day-chart';
import type { StartingPoint } from '../ledgers/ledger';
import { escapeText, newRecords, number } from '../markdown';
import type { Fact } from '../outputs';
import { UNREADABLE_FILE } from '../sinks/unreadable-file';
import type { Tally } from './tally';

/** What the summary says about a run. */
export interface RunReport {
	readonly tally: Tally;
	/** The section about alerts; `undefined` when there is none. */
	readonly alerts: string | undefined;
	readonly start: StartingPoint['status'];
	/** What happened to the checkpoint; `undefined` when it is not saved. */
	readonly fate: string | undefined;
	/** Where the next run starts. */
	readonly next: string;
	readonly caughtUp: boolean;
	/** What remains of a run that failed after it read something; `undefined` when it did not fail. */
	readonly kept: string | undefined;
	/** How many unreadable records it delivered. */
	readonly unreadable: number;
	/** How many activities of own requests were left out; `undefined` when they were kept. */
	readonly leftOut: number | undefined;
	readonly lateness: Lateness;
	/** Milliseconds. */
	readonly overlap: number;
	/** The facts of the ledger's and the sinks' receipts. */
	readonly facts: readonly Fact[];
	/** The `request-id` of the last page. */
	readonly requestId: string | undefined;
}

/** A longer table ends with a row that counts the rest, because GitHub drops a summary above 1 MiB. */
const MAX_ROWS = 25;

/**
 * The job summary, in Markdown. It holds only counts and dates, and nothing about a person. Every text
 * from the feed is escaped.
 */
export function renderSummary(report: RunReport): string {
	const { tally, alerts } = report;
	const sections = ['## Anthropic compliance activities', headline(report)];
	if (alerts !== undefined) sections.push(alerts);
	sections.push(facts(report));
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

/** Shows a summary on the run's page. */
export async function writeSummary(markdown: string): Promise<void> {
	// Outside of a runner there is no page to show it on.
	if (!process.env.GITHUB_STEP_SUMMARY) return;
	try {
		await actions.summary.addRaw(markdown).write();
	} catch (error) {
		// The run did its work, so this must not fail it.
		actions.warning(`The job summary could not be written: ${quote((error as Error).message)}`);
	}
}

function headline(report: RunReport): string {
	const { count, oldest, newest } = report.tally;
	const end = describeEnd(report);
	if (count === 0) return `**No new activities.**${end}`;
	return `**${newRecords(count, 0)}**, from ${minute(oldest)} to ${minute(newest)} UTC.${end}`;
}

function describeEnd({ caughtUp, kept, next }: RunReport): string {
	if (kept !== undefined) {
		return ` **Then this run failed**; the log says why. ${kept}; ${next}.`;
	}
	return caughtUp ? '' : ` A limit stopped this run before the end of the feed; ${next}.`;
}

const STARTS: Record<StartingPoint['status'], string> = {
	restored: 'continued from the last run',
	fallback: 'continued from the checkpoint in the newest artifact',
	initial: 'started at the backfill start',
};

function facts(report: RunReport): string {
	const { lateness, overlap, leftOut, unreadable, requestId } = report;
	const late =
		lateness.count === 0
			? 'none'
			: `${number(lateness.count)} appeared more than ${inSeconds(DISORDER_MS)} behind activities already read, the latest by at least ${inSeconds(lateness.longest)} (overlap ${inSeconds(overlap)})`;
	const { fate = '**not saved**, so the next run delivers the same activities again' } = report;
	const rows: Fact[] = [
		['Checkpoint', `${STARTS[report.start]}; ${fate}`],
		['Late arrivals', late],
	];
	if (unreadable > 0) {
		rows.push(['Unreadable records', `${number(unreadable)}, in \`${UNREADABLE_FILE}\``]);
	}
	if (leftOut !== undefined) rows.push(['Own requests', `${number(leftOut)} left out`]);
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

/** A name in the API's usual form is shown as code. Any other name is escaped. */
function nameCell(name: string): string {
	return /^[a-z0-9_-]{1,80}$/.test(name) ? `\`${name}\`` : escapeText(name) || '(none)';
}

function inSeconds(ms: number): string {
	return `${number(Math.round(ms / 1000))} s`;
}

function minute(instant = 0): string {
	return new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
}
