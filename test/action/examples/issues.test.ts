import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HOSTILE_STRINGS } from '../../simulators/activity-feed/hostile-strings';
import type { Issue } from '../../simulators/destinations/github-issues';
import { contentOf, DAY, MINUTE, type Scene, Theatre } from '../harness';
import { runInProcess } from '../in-process';
import { openIssues } from './shipping-scene';

const theatre = Theatre.open(runInProcess);
const opened: Awaited<ReturnType<typeof openIssues>>[] = [];

afterEach(async () => {
	await Promise.all(opened.splice(0).map(({ destination }) => destination.close()));
});

async function open() {
	const shipping = await openIssues(theatre);
	opened.push(shipping);
	return shipping;
}

const LABEL = 'compliance-alert';

/** Activities by the severity of their alerts. */
const CRITICAL = { type: 'org_deletion_requested' };
const HIGH = { type: 'org_sso_toggled', enabled: false };
const NONE = { type: 'claude_chat_created' };

/** Adds activities, a minute apart, and returns their ids. */
function happened(scene: Scene, ...activities: Record<string, unknown>[]): string[] {
	return activities.map((fields) => {
		scene.clock.advance(MINUTE);
		return (JSON.parse(scene.happened(0, fields).json) as { id: string }).id;
	});
}

/** The ids of the activities that issues are about. */
const activitiesIn = (issues: readonly Issue[]) =>
	issues.map(({ body }) => /^\| Activity \| `(.*)` \|$/m.exec(body)?.[1]);

/** A file of alerts, each of which has what is given. */
function alertsFile(...alerts: readonly Record<string, unknown>[]): string {
	const file = path.join(theatre.workspace(), 'alerts.ndjson');
	const lines = alerts.map((alert, at) =>
		JSON.stringify({
			watch: 'organization-deletion',
			severity: 'critical',
			title: 'An organization is to be deleted',
			activity_id: `activity_${at}`,
			activity: { created_at: '2025-03-18T10:00:00.123456Z' },
			...alert,
		}),
	);
	writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
	return file;
}

describe('issue-per-critical-alert.yml', () => {
	it('opens an issue for each critical alert, run after run', async () => {
		const shipping = await open();
		const { scene, destination } = shipping;
		const [first] = happened(scene, CRITICAL, HIGH, NONE);
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		const [second] = happened(scene, CRITICAL);
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		expect(activitiesIn(destination.issues)).toEqual([first, second]);
		expect(destination.issues[0]).toMatchObject({
			title: '[critical] An organization is to be deleted',
			labels: [{ name: LABEL }],
		});

		const { length } = destination.requests;
		happened(scene, HIGH);
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		happened(scene, NONE);
		expect(await shipping.run()).toEqual({ succeeded: true, script: undefined });
		expect(destination.requests).toHaveLength(length);
	});

	it('opens issues for alerts of other severities, too, if it is told to', async () => {
		const shipping = await open();
		const [critical, high] = happened(shipping.scene, CRITICAL, HIGH);
		const env = { SEVERITIES: 'critical  high' };
		expect((await shipping.run({ env })).succeeded).toBe(true);
		expect(activitiesIn(shipping.destination.issues)).toEqual([critical, high]);
	});

	it('loses no alert, and opens none twice, when GitHub is down for two runs and in between', async () => {
		const shipping = await open();
		const { scene, destination } = shipping;
		const ids = happened(scene, CRITICAL, CRITICAL, CRITICAL);
		for (const outage of ['hang-up', 503] as const) {
			destination.down = outage;
			expect((await shipping.run()).succeeded).toBe(false);
			scene.clock.advance(DAY);
		}
		destination.down = undefined;
		// GitHub answers the list and one issue, and refuses further writes.
		destination.next.push(undefined, undefined, 403);
		expect((await shipping.run()).succeeded).toBe(false);
		expect(activitiesIn(destination.issues)).toEqual(ids.slice(0, 1));
		// Somebody deals with the issue, and GitHub opens the next one without saying so.
		destination.issues[0]!.state = 'closed';
		destination.losesAnswers = true;
		expect((await shipping.run()).succeeded).toBe(false);
		destination.losesAnswers = false;
		ids.push(...happened(scene, CRITICAL));
		expect((await shipping.run()).succeeded).toBe(true);
		expect(activitiesIn(destination.issues)).toEqual(ids);
	});

	it('finds its issue among more than a hundred', async () => {
		const shipping = await open();
		const file = alertsFile({}, {});
		const { destination } = shipping;
		const addOthers = (count: number) => {
			for (let at = 0; at < count; at++) destination.add({ title: 'other', body: '' }, [LABEL]);
		};
		addOthers(150);
		expect(await shipping.alert(file)).toMatchObject({ exitCode: 0, log: '' });
		addOthers(48);
		expect(await shipping.alert(file)).toMatchObject({ exitCode: 0, log: '' });
		expect(destination.issues).toHaveLength(200);
	});

	it('shows nothing of the activity, nor of a person', async () => {
		const shipping = await open();
		const { scene, destination } = shipping;
		for (const name of HOSTILE_STRINGS.slice(0, 3)) {
			const names = [name, ...HOSTILE_STRINGS];
			happened(scene, { ...CRITICAL, names, actor: { type: 'user_actor', email_address: name } });
		}
		expect(await shipping.run()).toMatchObject({ succeeded: true, script: { log: '' } });
		expect(destination.issues).toHaveLength(3);
		const ids = new Set(activitiesIn(destination.issues));
		const texts = destination.issues.map(({ title, body }) => `${title}\n${body}`).join('\n');
		const shown = [...contentOf(scene.feed)].filter((text) => texts.includes(text));
		expect(shown.filter((text) => !ids.has(text))).toEqual([]);
	});

	it('writes ids, titles and times such that none is Markdown, and GitHub takes them', async () => {
		const shipping = await open();
		const { destination } = shipping;
		const ids = ['a`b', '--> @everyone', 'x\n| y |', '\ud83d', 'ü'.repeat(2000), '*', '@'];
		const file = alertsFile(...ids.map((activity_id) => ({ activity_id })), {
			title: 'T'.repeat(500),
			count: 12,
			watch: 'own-watch',
		});
		for (let run = 0; run < 2; run++) {
			expect(await shipping.alert(file)).toMatchObject({ exitCode: 0, log: '' });
		}
		expect(destination.issues).toHaveLength(ids.length + 1);
		for (const { body } of destination.issues) {
			expect(body).toMatch(/^\| Activity \| `[\w%.~!*'()-]+` \|$/m);
			expect(body).toMatch(/^\| Time \| `2025-03-18T10:00:00\.123456Z` \|$/m);
			expect(body).toMatch(
				/\(https:\/\/github\.example\/acme\/compliance\/actions\/runs\/\d+\) \|$/m,
			);
			expect(body.match(/-->/g)).toHaveLength(1);
			expect(body.replace(/`[^`\n]*`/g, '')).not.toContain('@');
		}
		expect(destination.issues.at(-1)!.body).toContain('| Activities that count together | 12 |');
	});

	it.each<[string, unknown, RegExp]>([
		['a page to sign in', '<html>', /^::error::GitHub answers, but not with a list of issues\.\n$/],
		['nothing', '', /^::error::GitHub answers, but not with a list of issues\.\n$/],
		['an error', { message: 'no' }, /^::error::GitHub answers, but not with a list of issues\.\n$/],
		// A list for both requests, so the second one is no issue.
		['a list', [], /^::error::GitHub answers, but not with an issue that has the label\.\n$/],
	])('fails when GitHub answers 200 with %s', async (_, body, message) => {
		const shipping = await open();
		shipping.destination.impostor = { status: 200, body };
		const { exitCode, log } = await shipping.alert(alertsFile({}));
		expect(exitCode).toBe(1);
		expect(log).toMatch(message);
	});

	it('fails when GitHub drops the label, because a repeat would then open the issue again', async () => {
		const shipping = await open();
		shipping.destination.dropsLabels = true;
		const { exitCode, log } = await shipping.alert(alertsFile({}));
		expect(exitCode).toBe(1);
		expect(log).toMatch(/^::error::GitHub answers, but not with an issue that has the label\.\n$/);
	});
});
