import { describe, expect, test } from '@jest/globals';
import type { Committed } from '../../../archive/archive';
import { dayChart } from '../../../action/summary/day-chart';
import { archiveReceipt } from '../../../action/ledgers/archive-receipt';
import { artifactReceipt } from '../../../action/sinks/artifact-sink';
import { renderSummary, type RunReport } from '../../../action/summary/summary';
import { Tally } from '../../../action/summary/tally';
import { type Activity, parseActivity } from '../../../core';

function activity(type: string, createdAt: string, actorType = 'user_actor'): Activity {
	const record = { id: 'id', created_at: createdAt, type, actor: { type: actorType } };
	return parseActivity(Buffer.from(JSON.stringify(record)))!;
}

function summaryOf(activities: Activity[], report: Partial<RunReport> = {}): string {
	const tally = new Tally();
	tally.add(activities);
	return renderSummary({
		tally,
		alerts: undefined,
		start: 'restored',
		fate: 'saved',
		next: 'the next run continues from there',
		caughtUp: true,
		kept: undefined,
		unreadable: 0,
		leftOut: undefined,
		lateness: { count: 0, longest: 0 },
		overlap: 300_000,
		facts: [],
		requestId: 'req_1',
		...report,
	});
}

test('a run with activities reads like this', () => {
	const artifact = { id: 7, name: 'audit', url: 'https://github.com/a/b/7', digest: 'sha256:0f' };
	const summary = summaryOf(
		[
			activity('claude_chat_created', '2026-01-31T10:00:00Z'),
			activity('claude_chat_created', '2026-02-02T11:30:00Z'),
			activity('sso_login_succeeded', '2026-02-02T12:00:00Z', ''),
		],
		{
			caughtUp: false,
			leftOut: 4,
			lateness: { count: 1, longest: 61_000 },
			facts: artifactReceipt(artifact).facts,
		},
	);
	expect(summary).toMatchInlineSnapshot(`
"## Anthropic compliance activities

**3 new activities**, from 2026-01-31 10:00 to 2026-02-02 12:00 UTC. A limit stopped this run before the end of the feed; the next run continues from there.

| | |
| --- | --- |
| Checkpoint | continued from the last run; saved |
| Late arrivals | 1 appeared more than 2 s behind activities already read, the latest by at least 61 s (overlap 300 s) |
| Own requests | 4 left out |
| Artifact | [audit](https://github.com/a/b/7) |
| Artifact digest | \`sha256:0f\` |
| Last request-id | \`req_1\` |

### By day

\`\`\`mermaid
%%{init: {"xyChart":{"width":900,"height":260,"xAxis":{"labelFontSize":12}},"themeVariables":{"xyChart":{"plotColorPalette":"#d97757"}}}}%%
xychart-beta
    x-axis ["01-31", "02-01", "02-02"]
    y-axis "Activities a day" 0 --> 2
    bar [1, 0, 2]
\`\`\`

<details><summary>Counts</summary>

| Day (UTC) | Activities |
| --- | ---: |
| \`2026-02-02\` | 2 |
| \`2026-01-31\` | 1 |

</details>

### By type

| Type | Activities |
| --- | ---: |
| \`claude_chat_created\` | 2 |
| \`sso_login_succeeded\` | 1 |

### By kind of actor

| Actor | Activities |
| --- | ---: |
| \`user_actor\` | 2 |
| (none) | 1 |
"
`);
});

test('a quiet run is one sentence and the facts', () => {
	const summary = summaryOf([]);
	expect(summary).toContain('**No new activities.**');
	expect(summary).not.toContain('mermaid');
});

test('a checkpoint that was not saved is hard to overlook', () => {
	expect(summaryOf([], { fate: undefined, start: 'fallback' })).toContain(
		'continued from the checkpoint in the newest artifact; **not saved**',
	);
});

describe('what a run did to the archive', () => {
	const digit = (n: number) => n.toString(16).padStart(2, '0');
	/** A commit that added lines to some days, and noticed changes. */
	const committed = (n: number, days: string[], changed: string[] = []): Committed => ({
		commit: { sha: digit(n).repeat(20), tree: '', url: `https://github.com/a/b/commit/${n}` },
		manifest: {
			version: 1,
			sequence: n,
			previous: null,
			product: 'test',
			run: '',
			endpoint: '',
			query: '',
			startedAt: '',
			endedAt: '',
			coverage: { from: '', to: `until ${n}` },
			checkpoint: { before: null, after: '' },
			contents: '',
			requestIds: [],
			cursor: null,
			activities: { count: 1000, first: null, last: null },
			leftOut: [],
			changed,
			files: days.map((path) => ({ path, line: 1, lines: 1, sha256: '' })),
		},
		manifestHash: `hash ${n}`,
		manifestPath: '',
		headSize: 0,
	});
	const summaryWith = (commits: Committed[], vanished = false, report = {}) =>
		summaryOf([], { ...archiveReceipt(commits, vanished), kept: undefined, ...report });
	const link = (n: number) =>
		`[${digit(n).repeat(4).slice(0, 7)}](https://github.com/a/b/commit/${n})`;

	test('is summed up over all of its commits', () => {
		const summary = summaryWith([
			committed(3, ['2026/01/31.ndjson', '2026/02/01.ndjson'], ['a', 'b']),
			committed(4, ['2026/02/01.2.ndjson', '2026/02/02.ndjson'], ['b', 'c']),
		]);
		expect(summary).toContain(
			`| 2 commits | ${link(3)}, ${link(4)}; 2,000 activities added, 3 days touched |`,
		);
		expect(summary).toContain('| Archive | manifest 4, `hash 4`; holds everything up to until 4 |');
		expect(summary).toContain('| Changed in the feed | 3, kept as archived |');
		expect(summary).toContain('| Checkpoint | continued from the last run; committed with');
	});

	test('has links to the first and the last of many commits', () => {
		const summary = summaryWith(Array.from({ length: 40 }, (_, n) => committed(n, [])));
		expect(summary).toContain(`| 40 commits | ${link(0)} … ${link(39)}; 40,000 activities`);
	});

	test('is nothing without a commit, and then the checkpoint stays', () => {
		const summary = summaryWith([]);
		expect(summary).not.toMatch(/commits? \||Archive \|/);
		expect(summary).toContain('nothing to commit, so the next run starts there too |');
	});

	test('is hard to overlook when the archive was gone, or the run failed', () => {
		expect(summaryWith([committed(1, [])], true)).toContain(
			'| New archive | **the archive of earlier runs',
		);
		const { kept } = archiveReceipt([committed(1, [])], false);
		expect(summaryWith([committed(1, [])], false, { kept, caughtUp: false })).toMatch(
			/\*\*No new activities\.\*\* \*\*Then this run failed\*\*; the log says why\. What is committed/,
		);
	});
});

describe('texts of the feed', () => {
	test.each([
		'<img src=x onerror=alert(1)>',
		'a|b',
		'[link](https://evil.example)',
		'`code` **bold** ~~gone~~ _x_',
		'line\n| break | 1 |\n\n# Title',
		'&lt;b&gt; @everyone #1 https://evil.example',
		'\\| \u202e right to left \u2066\u200b\ud83d',
	])('stay text: %j', (type) => {
		const before = summaryOf([activity('plain', '2026-01-31T10:00:00Z')]);
		const after = summaryOf([activity(type, '2026-01-31T10:00:00Z')]);
		expect(after.split('\n')).toHaveLength(before.split('\n').length);
		const row = after.split('\n').find((line) => line.includes('&#')) ?? '';
		expect(row.replace(/&#\d+;/g, '')).toMatch(/^\| [\w ().-]* \| 1 \|$/);
		// Markdown turns references into characters, but none that moves or hides what is around it.
		const shown = row.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
		expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
	});

	test('cannot make the summary too long', () => {
		const types = Array.from({ length: 5000 }, (_, index) => `${'<'.repeat(500)}${index}`);
		const summary = summaryOf(types.map((type) => activity(type, '2026-01-31T10:00:00Z')));
		expect(summary.length).toBeLessThan(64 * 1024);
		expect(summary).toContain('| 4975 more | 4,975 |');
	});
});

describe('dayChart', () => {
	test.each([
		['2026-01-31', '2026-01-31', 1, 'Activities a day'],
		['2026-01-01', '2026-01-14', 14, 'Activities a day'],
		['2026-01-01', '2026-01-15', 8, 'Activities in 2 days'],
		['2020-01-01', '2026-01-01', 14, 'Activities in 157 days'],
	])('from %s to %s has %i bars', (first, last, bars, label) => {
		const byDay = new Map([
			[last, 5],
			[first, 3],
		]);
		const chart = dayChart(byDay);
		expect(chart).toContain(label);
		const counts = /bar \[(.*)\]/.exec(chart)?.[1]?.split(', ').map(Number) ?? [];
		expect(counts).toHaveLength(bars);
		const sum = (all: Iterable<number>) => [...all].reduce((total, each) => total + each, 0);
		expect(sum(counts)).toBe(sum(byDay.values()));
	});
});
