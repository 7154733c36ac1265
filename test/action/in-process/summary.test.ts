import { describe, expect, it } from '@jest/globals';
import { HOSTILE_STRINGS } from '../../simulators/activity-feed/hostile-strings';
import { DAY, MINUTE, requestIds, SECOND, Theatre } from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

describe('the summary', () => {
	it('tells counts, days, types and how the checkpoint fared', async () => {
		const scene = await theatre.scene();
		for (let day = 1; day <= 3; day++) {
			for (let count = 0; count < day * 1000; count++) scene.happened(day * DAY);
		}
		scene.happened(DAY, { type: 'user_logged_out', actor: { type: 'system_actor' } });
		const first = await scene.succeed();
		expect(first.summary).toContain(
			'**6,001 new activities**, from 2025-03-15 12:00 to 2025-03-17 12:00 UTC.',
		);
		expect(first.summary).toContain(
			'| Checkpoint | started at the backfill start; saved at the end of the job, ',
		);
		expect(first.summary).toContain('| Late arrivals | none |');
		expect(first.summary).toContain(
			`| Artifact | [compliance-activities](${first.outputs['artifact-url']}) |`,
		);
		expect(first.summary).toContain(
			`| Artifact digest | \`${first.outputs['artifact-digest']}\` |`,
		);
		const lastId = `| Last request-id | \`${scene.feed.requests.at(-1)?.requestId}\` |`;
		expect(first.summary.includes(lastId)).toBe(requestIds);
		expect(first.summary).toMatch(/```mermaid\n(%%.*\n)?xychart-beta\n/);
		expect(first.summary).toContain('x-axis ["03-15", "03-16", "03-17"]');
		expect(first.summary).toContain('bar [3000, 2000, 1001]');
		expect(rowsOf(first.summary, 'Type')).toEqual([
			['`claude_chat_created`', '6,000'],
			['`user_logged_out`', '1'],
		]);
		expect(rowsOf(first.summary, 'Actor')).toEqual([
			['`user_actor`', '6,000'],
			['`system_actor`', '1'],
		]);

		scene.happened(0);
		await scene.succeed();
		scene.clock.advance(2 * MINUTE);
		scene.happened(4 * MINUTE);
		// Slightly out of order, which does not count.
		scene.happened(2 * MINUTE + 1 * SECOND);
		const late = await scene.run({ 'include-own-requests': 'false' });
		expect(late.summary).toContain('**2 new activities**');
		expect(late.summary).toContain(
			'| Checkpoint | continued from the last run; saved at the end of ',
		);
		expect(late.summary).toMatch(
			/\| Late arrivals \| 1 appeared more than 2 s behind activities already read, the latest by at least 1[0-2]\d s \(overlap 300 s\) \|/,
		);
		expect(late.summary).toContain('| Own requests | 3 left out |');
	});

	it('warns when activities come almost too late', async () => {
		const scene = await theatre.scene({ recordReads: false });
		scene.happened(0);
		await scene.succeed();
		scene.happened(4.5 * MINUTE);
		const run = await scene.run();
		expect(run.annotations.map(({ level, message }) => `${level}: ${message}`)).toEqual([
			expect.stringMatching(
				/^warning: An activity appeared 2\d\d s late. With an overlap of 300 s/,
			),
		]);
	});

	it('stays small and its chart readable, whatever there is to tell', async () => {
		const scene = await theatre.scene({ recordReads: false });
		for (let day = 0; day < 400; day++) {
			for (let each = 0; each < 10; each++) {
				const type = `type_${day}_${each}_${'x'.repeat(300)}`;
				scene.happened(day * DAY, { type, actor: { type: `actor_of_${type}` } });
			}
		}
		const { summary } = await scene.succeed({ 'backfill-start': '2023-01-01' });
		expect(summary).toContain('**4,000 new activities**');
		expect(Buffer.byteLength(summary)).toBeLessThan(64 * 1024);
		for (const title of ['Type', 'Actor']) {
			const rows = rowsOf(summary, title);
			expect(rows).toHaveLength(26);
			expect(rows.at(-1)).toEqual(['3975 more', '3,975']);
		}
		const bars = /bar \[(.*)\]/.exec(summary)?.[1]?.split(', ').map(Number) ?? [];
		expect(bars.length).toBeLessThanOrEqual(31);
		expect(bars.reduce((sum, bar) => sum + bar, 0)).toBe(4000);
		expect(/x-axis \[(.*)\]/.exec(summary)?.[1]?.split(', ')).toHaveLength(bars.length);
	});

	it('shows types and actors as text, whatever they are called', async () => {
		const scene = await theatre.scene({ recordReads: false });
		const names = [
			'<img src=x onerror=alert(1)>|x',
			'a\nb\r\nc',
			'`code` **bold** [x](javascript:alert(1))',
			'a`b',
			'![x](https://example.com/x.png)',
			'@octocat #1',
			...HOSTILE_STRINGS,
		];
		const shown: string[] = [];
		// A table has no room for more.
		for (let at = 0; at < names.length; at += 25) {
			const some = names.slice(at, at + 25);
			for (const name of some) scene.happened(0, { type: name, actor: { type: name } });
			const { summary } = await scene.succeed();
			for (const title of ['Type', 'Actor']) {
				const rows = rowsOf(summary, title);
				expect(rows).toHaveLength(some.length);
				for (const cells of rows) expect(cells).toHaveLength(2);
				shown.push(...rows.map(([name = '']) => name));
			}
			scene.clock.advance(MINUTE);
		}
		expect(shown).toContain('&#60;img src&#61;x onerror&#61;alert(1)&#62;&#124;x');
		expect(shown).toContain('a b c');
		expect(shown).toContain('a&#96;b');
		for (const name of shown) {
			// Plain words may be in backticks. All other characters with a meaning are escaped.
			expect(name).toMatch(/^(`\w+`|([\p{L}\p{N} ().,'…-]|&#\d+;)+)$/u);
		}
	});

	/** The cells of a table of the summary, row by row. */
	function rowsOf(summary: string, title: string): string[][] {
		const [, body = ''] = summary.split(`| ${title} | Activities |\n| --- | ---: |\n`);
		const [table = ''] = body.split('\n\n');
		return table
			.trimEnd()
			.split('\n')
			.map((row) => row.slice(2, -2).split(' | '));
	}
});
