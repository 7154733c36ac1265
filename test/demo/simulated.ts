import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { startActivityFeed } from '../simulators/activity-feed/server';
import { startGitHub, type GitHub } from '../simulators/github/github';
import { runAction, type RunResult } from '../simulators/github/runner';
import { compare, idsOf } from './comparison';
import { Company, type NewsOfADay } from './company';
import { ENTRY, showOutputs } from './entry';
import { act, count, quoteLines, say, table, title, verdict } from './terminal';

/** What a run delivered. */
interface Delivery {
	readonly artifact: Map<string, Buffer>;
	readonly alerts: readonly AlertLine[];
}

/** What the demo reads of a line of the file with the alerts. */
interface AlertLine {
	readonly watch: string;
	readonly activity_id: string;
}

const MAX_SUMMARY_LINES = 24;

/**
 * Runs the built Action twice as GitHub would, a simulated day apart, and compares what it delivered
 * with what the feed sent.
 *
 * @returns whether both runs together delivered exactly the feed, and the alert once
 */
export async function runSimulated(interrupt: AbortSignal): Promise<boolean> {
	title('The Activity Feed through the GitHub Action: two runs, nothing lost or repeated');
	say(
		'Everything runs on this machine: it takes no account, no key and no network.\nnpm run demo -- --help tells how to run it against the real API.',
	);
	const company = new Company(wholeSecond(Date.now()));
	const server = await startActivityFeed(company.feed);
	try {
		const github = await orInterrupted(startGitHub(), interrupt);
		try {
			return await play({ company, github, feedUrl: server.url, interrupt });
		} finally {
			await github.close();
		}
	} finally {
		await server.close();
	}
}

interface Stage {
	readonly company: Company;
	readonly github: GitHub;
	readonly feedUrl: string;
	readonly interrupt: AbortSignal;
}

async function play(stage: Stage): Promise<boolean> {
	const { company } = stage;
	act(1, 'The simulators are up');
	introduce(stage);

	act(2, `First run, started by cron at ${minute(company.clock.now())}`);
	const first = await run(stage, 1);
	if (!first) return false;

	const readsOfFirstRun = company.feed.requests.length;
	act(3, 'A day passes in the company');
	const news = company.passADay();
	tellNews(news, readsOfFirstRun);

	act(4, `Second run, started by cron at ${minute(company.clock.now())}`);
	say('A fresh machine again: where the first run stopped, only GitHub knows.');
	const second = await run(stage, 2);
	if (!second) return false;

	act(5, 'The check: both artifacts and the alert against the feed');
	return check(company, news, first, second);
}

function introduce({ company, github, feedUrl }: Stage): void {
	const rows = company.visible();
	const { owner, name } = github.repository;
	const [from, to] = [rows[0], rows.at(-1)].map((row) => day(row?.createdAt ?? 0));
	table([
		['Activity Feed', `${feedUrl}, ${count(rows.length)} activities from ${from} to ${to}`],
		['GitHub', `repository ${owner}/${name}: Actions cache, artifacts and REST API`],
		['The Action', `${ENTRY}, the committed bundle, on Node ${process.version}`],
	]);
}

/** Runs the Action on a machine of its own, and tells about it. */
async function run(
	{ github, feedUrl, interrupt }: Stage,
	runId: number,
): Promise<Delivery | undefined> {
	const workspace = mkdtempSync(path.join(tmpdir(), 'demo-workspace-'));
	let alerts: AlertLine[] = [];
	try {
		const result = await runAction({
			github,
			entry: ENTRY,
			inputs: { 'compliance-access-key': ACCESS_KEY, 'base-url': feedUrl },
			workspace,
			runId,
			secrets: [ACCESS_KEY],
			signal: interrupt,
			// The file with the alerts is there only while the job runs.
			next: [
				([outputs]) => {
					alerts = alertsIn(outputs?.['alerts-file'] ?? '');
					return 'success';
				},
			],
		});
		interrupt.throwIfAborted();
		show(result, workspace);
		if (result.exitCode === 0) {
			return { artifact: await github.artifacts.files(artifactIdOf(result)), alerts };
		}
		verdict(false, `The run ended with exit code ${result.exitCode}.`);
		return undefined;
	} finally {
		rmSync(workspace, { recursive: true, force: true, maxRetries: 5 });
	}
}

function show({ log, outputs, summary }: RunResult, workspace: string): void {
	// On GitHub the workspace has the same path everywhere; here its path says nothing.
	const readable = (text: string) => text.replaceAll(workspace, '$GITHUB_WORKSPACE');
	quoteLines('The log', readable(log).split('\n'));
	say('The outputs:');
	showOutputs(outputs, readable);
	const [beginning = ''] = summary.split('### By day');
	const lines = beginning.trim().split('\n').slice(0, MAX_SUMMARY_LINES);
	quoteLines('The job summary begins', [...lines, '…']);
}

function artifactIdOf({ outputs }: RunResult): number {
	const id = Number(outputs['artifact-id']);
	if (id > 0) return id;
	throw new Error('The run uploaded no artifact.');
}

/** @param file empty if there is none */
function alertsIn(file: string): AlertLine[] {
	const lines = file === '' ? [] : readFileSync(file, 'utf8').trim().split('\n');
	return lines.map((line) => JSON.parse(line) as AlertLine);
}

function tellNews({ ties, late, later }: NewsOfADay, reads: number): void {
	const total = ties.length + late.length + later.length + 1 + reads;
	say(`${count(total)} activities appear in the feed:`);
	const lastDay = day(later.at(-1)?.createdAt ?? 0);
	table([
		[later.length, `after the first run, up to ${lastDay}`],
		[late.length, 'late: with a created_at before the last one that the first run delivered'],
		[ties.length, 'with exactly the created_at of that one'],
		[1, 'in which somebody switches single sign-on off: a watch raises an alert'],
		[reads, "by the first run's own requests, which the feed records like anyone's"],
	]);
	say(
		`Whoever only asks for what is newer than the last one delivered never sees ${late.length + ties.length} of these.`,
	);
}

function check(company: Company, news: NewsOfADay, first: Delivery, second: Delivery): boolean {
	const sent = company.visible();
	const result = compare(sent, [first.artifact, second.artifact]);
	const inSecond = idsOf(second.artifact);
	const alerts = [...first.alerts, ...second.alerts].filter(
		(alert) => alert.watch === 'sso-disabled' && alert.activity_id === news.grave.id,
	).length;
	const found = (rows: NewsOfADay['late']) => rows.filter(({ id }) => inSecond.has(id)).length;
	const [inFirst = 0, fromSecond = 0] = result.delivered;
	table([
		['Activities in the feed when the second run read it', sent.length],
		['Lines in the artifact of the first run', inFirst],
		['Lines in the artifact of the second run', fromSecond],
		[`  late ones, of ${news.late.length}`, found(news.late)],
		[
			`  ones with the created_at of the last one delivered, of ${news.ties.length}`,
			found(news.ties),
		],
		['Activities in both artifacts', result.inBoth],
		['Activities missing', result.missing],
		['Lines repeated', result.repeated],
		['Lines that differ in any byte from what the feed sent', result.altered],
		['Alerts about single sign-on switched off, of 1', alerts],
	]);
	verdict(
		result.exact,
		result.exact
			? 'Together, the artifacts of the two runs are exactly the feed, late and simultaneous activities included: none is missing, none comes twice, and every line is what the API sent.'
			: 'Together, the artifacts of the two runs are not exactly the feed.',
	);
	const alerted = alerts === 1;
	verdict(alerted, `The alert was ${alerted ? '' : 'not '}raised exactly once.`);
	return result.exact && alerted;
}

/** What does not listen to the signal itself is not waited for. */
function orInterrupted<T>(work: Promise<T>, interrupt: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const giveUp = () => reject(interrupt.reason as Error);
		if (interrupt.aborted) giveUp();
		interrupt.addEventListener('abort', giveUp, { once: true });
		work.then(resolve, reject);
	});
}

function wholeSecond(instant: number): number {
	return Math.floor(instant / 1000) * 1000;
}

function day(instant: number): string {
	return new Date(instant).toISOString().slice(0, 10);
}

function minute(instant: number): string {
	return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
