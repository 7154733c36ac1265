import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ArchiveScene } from '../archive-scene';
import { messagesOf, quiet } from '../checkpoint-scene';
import {
	errorOf,
	type Inputs,
	MINUTE,
	pagesOf,
	type Options,
	type Run,
	type Scene,
	Theatre,
} from '../harness';
import { runInProcess } from '../in-process';

const theatre = Theatre.open(runInProcess);

type Fields = Record<string, unknown>;

const admin = { type: 'user_actor', user_id: 'user_admin', email_address: 'admin@example.com' };

/** Adds activities of one kind, a second apart, the last one now. */
function happened(scene: Scene, fields: Fields, count = 1): string[] {
	return Array.from({ length: count }, (_, index) =>
		scene.happened((count - 1 - index) * 1000, { actor: admin, ...fields }),
	).map(({ json }) => json);
}

/** A run, and the lines of its alert file as a later step of the job reads them. */
interface Watched extends Run {
	readonly alerts: readonly Fields[];
}

type Performed = (inputs: Inputs, options: Options) => Promise<Run>;

/** Performs a job whose second step reads the alert file, and ends as given. */
async function watched(
	perform: Performed,
	inputs: Inputs = {},
	end: 'success' | 'failure' = 'success',
): Promise<Watched> {
	let text = '';
	const read = ([outputs]: readonly Record<string, string>[]) => {
		const file = outputs!['alerts-file']!;
		if (file !== '') text = readFileSync(file, 'utf8');
		return end;
	};
	const run = await perform(inputs, { next: [read] });
	const lines = text.split('\n').slice(0, -1);
	return { ...run, alerts: lines.map((line) => JSON.parse(line) as Fields) };
}

const succeed = (scene: Pick<Scene, 'succeed'>, inputs?: Inputs) =>
	watched((...given) => scene.succeed(...given), inputs);

const watchesOf = ({ alerts }: Watched) => alerts.map(({ watch }) => watch);

const FAILED = { type: 'sso_login_failed' };

describe('an alert', () => {
	it.each<[string, string, Fields, number]>([
		[
			'compliance-logging-disabled',
			'critical',
			{ type: 'org_compliance_api_settings_updated', compliance_api_logging_enabled: false },
			1,
		],
		['anthropic-access', 'high', { type: 'anthropic_access', reason_code: 'safety_review' }, 1],
		['sso-disabled', 'high', { type: 'org_sso_toggled', enabled: false }, 1],
		['primary-owner-transferred', 'high', { type: 'primary_owner_transferred' }, 1],
		['ip-restriction-deleted', 'high', { type: 'org_ip_restriction_deleted' }, 1],
		[
			'compliance-key-created',
			'high',
			{ type: 'api_key_created', scopes: ['read:compliance_activities'] },
			1,
		],
		['data-export', 'high', { type: 'org_data_export_started' }, 1],
		['authentication-failures', 'medium', FAILED, 5],
		['many-chats-deleted', 'medium', { type: 'claude_chat_deleted' }, 30],
	])('is raised by %s (%s)', async (watch, severity, fields, count) => {
		const scene = await theatre.scene(quiet);
		const last = happened(scene, fields, count).at(-1)!;
		const run = await succeed(scene);
		expect(run.outputs['highest-severity']).toBe(severity);
		const alert = run.alerts.find((each) => each.watch === watch)!;
		const { id } = JSON.parse(last) as { id: string };
		expect(alert).toMatchObject({ severity, activity_id: id, count });
		expect(JSON.stringify(alert.activity)).toBe(last);
		expect(run.outputs.alerts).toBe(String(run.alerts.length));
		expect(run.summary).toContain('### Worth a look');
		expect(messagesOf({ annotations: run.worthALook }).join('\n')).toContain(
			`warning: Worth a look (${severity}): ${String(alert.title)} (1 alert).`,
		);
		// Neither says who did it.
		expect(`${run.summary}${run.log}`).not.toContain('admin');
		expect((await scene.succeed()).outputs).toMatchObject({ alerts: '0', 'alerts-file': '' });
	});

	it('is raised by a threshold across runs, once, and by a late activity', async () => {
		const scene = await theatre.scene(quiet);
		happened(scene, FAILED, 3);
		expect(watchesOf(await succeed(scene))).toEqual([]);
		scene.clock.advance(4 * MINUTE);
		happened(scene, FAILED);
		expect(watchesOf(await succeed(scene))).toEqual([]);
		scene.happened(3 * MINUTE, { actor: admin, ...FAILED });
		expect(watchesOf(await succeed(scene))).toEqual(['authentication-failures']);
		happened(scene, FAILED);
		expect(watchesOf(await succeed(scene))).toEqual([]);
	});

	it('comes again with the activities of a job that failed later', async () => {
		const scene = await theatre.scene(quiet);
		happened(scene, FAILED, 4);
		await scene.succeed();
		happened(scene, FAILED);
		const failed = await watched((...given) => scene.succeed(...given), {}, 'failure');
		const again = await succeed(scene);
		expect(again.alerts).toEqual(failed.alerts);
		expect(watchesOf(again)).toEqual(['authentication-failures']);
		expect(watchesOf(await succeed(scene))).toEqual([]);
	});

	it('is raised once where the archive holds the checkpoint', async () => {
		const archive = await ArchiveScene.open(theatre);
		happened(archive.scene, FAILED, 4);
		expect(watchesOf(await succeed(archive))).toEqual([]);
		archive.scene.clock.advance(MINUTE);
		happened(archive.scene, FAILED);
		expect(watchesOf(await succeed(archive))).toEqual(['authentication-failures']);
		archive.scene.clock.advance(MINUTE);
		archive.scene.happened(0);
		expect(watchesOf(await succeed(archive))).toEqual([]);
		await archive.expectAll();
	});

	it('of many watches makes at most five annotations, the most severe first', async () => {
		const scene = await theatre.scene(quiet);
		const types = [
			'mcp_server_created',
			'mcp_server_deleted',
			'anthropic_access',
			'org_members_exported',
			'ghe_webhook_signature_invalid',
			'inference_hooks_config_updated',
			'platform_spend_limit_deleted',
			'primary_owner_transferred',
		];
		types.push('org_ip_restriction_deleted', 'service_key_created', 'org_deletion_requested');
		for (const type of types) happened(scene, { type });
		const run = await succeed(scene);
		const annotations = messagesOf({ annotations: run.worthALook });
		expect(annotations).toHaveLength(5);
		expect(annotations[0]).toContain('(critical): An organization is to be deleted (1 alert).');
		expect(annotations[4]).toMatch(/The job summary has \d+ more watches with alerts\.$/);
		expect(run.outputs.alerts).toBe(String(run.alerts.length));
		const watches = new Set(watchesOf(run));
		for (const watch of watches) expect(run.summary).toContain(`<br>\`${String(watch)}\` |`);
		expect(annotations[4]).toContain(`has ${watches.size - 5} more`);
	});
});

describe('the input watches', () => {
	async function withFile(text: string | Buffer, fields: Fields = FAILED, count = 1) {
		const scene = await theatre.scene(quiet);
		const workspace = theatre.workspace();
		writeFileSync(path.join(workspace, 'watches.yml'), text);
		happened(scene, fields, count);
		const run = (inputs: Inputs = {}) =>
			watched((given, options) => scene.run(given, { workspace, ...options }), {
				watches: 'watches.yml',
				...inputs,
			});
		return { scene, run };
	}

	it('off raises none', async () => {
		const scene = await theatre.scene(quiet);
		happened(scene, { type: 'org_deletion_requested' });
		const run = await scene.succeed({ watches: 'off' });
		expect(run.outputs).toMatchObject({ alerts: '0', 'alerts-file': '', 'highest-severity': '' });
		expect(run.summary).not.toContain('Worth a look');
	});

	it('names a file that changes default watches, and adds own ones', async () => {
		const text = `
watches:
  - id: authentication-failures
    severity: critical
    threshold: { count: 2, within: 1h, by: actor }
  - id: failures-of-an-admin
    title: "An admin | fails to <b>sign in</b>"
    severity: low
    why: Ask them.
    types: [sso_login_failed]
    conditions:
      - { path: actor.user_id, operator: equals, value: user_admin }
`;
		const { run } = await withFile(text, FAILED, 2);
		const done = await run();
		expect(watchesOf(done)).toEqual([
			'failures-of-an-admin',
			'authentication-failures',
			'failures-of-an-admin',
		]);
		expect(done.outputs['highest-severity']).toBe('critical');
		expect(done.summary).toContain(
			'| low | An admin &#124; fails to &#60;b&#62;sign in&#60;&#47;b&#62;<br>`failures-of-an-admin` | 2 | Ask them. |',
		);
	});

	it.each([
		['watches:\n  - id: x\n    title: 7\n', /Line 3: watches\[0\]\.title: /],
		['watches:\n  - id: data-export\n  - id: data-export\n', /Line 3: watches\[1\]\.id: /],
		['watches:\n  - id: data-export\n    severity: grave\n', /Line 3: watches\[0\]\.severity: /],
		['a: [', /Line 1: /],
		['- 1\n', /Line 1: /],
		[': : :\n\t- x', /Line \d: /],
		[
			'watches:\n  - id: data-export\n    severity: !level high\n',
			/Line 3: Unresolved tag: !level/,
		],
		[
			'watches:\n  - id: data-export\n    severity: *level\n',
			/Line 3: The alias \*level has no anchor &level before it\./,
		],
		[
			'watches:\n  - id: data-export\n    threshold:\n      count: 2\n      within: 1h\n',
			/Line 3: watches\[0\]\.threshold: The field by is missing/,
		],
		[
			'watches:\n  - id: data-export\n    condition:\n      - 1\n',
			/Line 3: watches\[0\]\.condition: /,
		],
		['watches: []\nwatches: []\n', /Line 2: The field watches comes twice\./],
		[
			'a: &a watches\nwatches: []\n*a : []\n',
			/Line 3: The name of a field must be a text, and no alias\./,
		],
		['watches:\n  - <<: { id: data-export }\n', /Line 2: YAML 1\.2 has no <</],
		[
			'watches:\n  - id: data-export\n    title: a: b\n',
			/Line 3: Nested mappings .*mappings\. Correct it/,
		],
		['%YAML 1.1\n---\nwatches: []\n', /Line 1: This must be YAML 1\.2/],
		[
			'watches:\n  - id: 0.12345678901234567890\n',
			/Line 2: This would be the number 0\.12345678901234568/,
		],
		[
			'watches:\n  - id: 12345678901234567890\n',
			/Line 2: This would be the number 12345678901234567000/,
		],
		['watches:\n  - id: 0007\n', /Line 2: This would be the number 7\. Write it so/],
		['watches:\n  - { [a]: 1 }\n', /Line 2: The name of a field must be a text/],
		['# A\n%YAML 1.1\n---\nwatches: []\n', /Line 2: This must be YAML 1\.2/],
		[
			'watches:\n  - *one\n  - &one\n    id: data-export\n',
			/Line 2: The alias \*one has no anchor/,
		],
		[
			'a: &a [1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d]\n',
			/Line 1: It has more than 1000 aliases/,
		],
	])('says which line is wrong: %j', async (text, message) => {
		const { scene, run } = await withFile(text);
		const refused = await run();
		expect(errorOf(refused)).toMatch(message);
		expect(scene.feed.requests).toEqual([]);
	});

	it('takes an anchor and its alias', async () => {
		const text = `
watches:
  - &failures
    id: failures
    title: A failure
    severity: low
    why: &why "Ask | <b>them</b>."
    types: [sso_login_failed]
  - id: failures-too
    title: A failure, too
    severity: low
    why: *why
    types: [sso_login_failed]
`;
		const done = await (await withFile(text)).run();
		expect(watchesOf(done)).toEqual(['failures', 'failures-too']);
		expect(done.summary).toContain(
			'`failures-too` | 1 | Ask &#124; &#60;b&#62;them&#60;&#47;b&#62;. |',
		);
	});

	it('refuses a text that is not UTF-8', async () => {
		const { run } = await withFile(Buffer.from('watches: [] # caf\xe9', 'latin1'));
		expect(errorOf(await run())).toContain('Line 1: It is no text in UTF-8.');
	});

	it('names ten mistakes and four doubts, and counts the others', async () => {
		const fields = Array.from({ length: 60 }, (_, index) => `a_${index}: 1`);
		const { run } = await withFile(`watches:\n  - id: data-export\n    ${fields.join('\n    ')}\n`);
		expect(errorOf(await run())).toMatch(/Line 3: .* Line 12: .* And 50 more\./);
		const types = Array.from({ length: 60 }, (_, index) => `a_${index}`);
		const doubtful = await withFile(
			`watches:\n  - id: data-export\n    types: [${types.join()}]\n`,
		);
		const messages = messagesOf(await doubtful.run());
		expect(messages).toHaveLength(5);
		expect(messages[4]).toContain('56 more doubts');
	});

	it('says what to do about a file that is missing or too large', async () => {
		const { run } = await withFile(`watches: []\n#${'x'.repeat(256 * 1024)}`);
		expect(errorOf(await run())).toContain('has more than 256 KiB');
		expect(errorOf(await run({ watches: 'elsewhere.yml' }))).toContain(
			'run actions/checkout before',
		);
	});

	it('warns of types that may be mistakes, with their line', async () => {
		const { run } = await withFile('watches:\n  - id: data-export\n    types: [org_data_exprot]\n');
		const messages = messagesOf(await run());
		expect(messages).toEqual([expect.stringMatching(/^warning: .*watches\.yml, line 3: /)]);
	});
});

describe('the input fail-on', () => {
	const { type } = { type: 'org_ip_restriction_deleted' };
	const PLACES: [string, Inputs][] = [
		['at the end of the job', {}],
		['in the step', { 'save-checkpoint': 'step' }],
	];

	it.each(PLACES)('fails the job once everything is safe: checkpoint %s', async (_, inputs) => {
		const scene = await theatre.scene(quiet);
		happened(scene, { type });
		const run = await scene.run({ 'fail-on': 'high', ...inputs });
		expect(run.conclusion).toBe('failure');
		expect(run.delivered).toHaveLength(1);
		const errors = messagesOf(run).filter((message) => message.startsWith('error'));
		expect(errors.join()).toContain('1 alert is at least as severe as fail-on (high)');
		const next = await scene.succeed({ 'fail-on': 'high', ...inputs });
		expect(next.outputs).toMatchObject({ count: '0', alerts: '0' });
	});

	it('fails a run that commits, after its commits', async () => {
		const archive = await ArchiveScene.open(theatre);
		happened(archive.scene, { type });
		const run = await archive.run({ 'fail-on': 'medium' });
		expect(run.conclusion).toBe('failure');
		expect(run.outputs).toMatchObject({ count: '1', 'checkpoint-saved': 'true' });
		await archive.expectAll();
		expect((await archive.succeed({ 'fail-on': 'medium' })).outputs.alerts).toBe('0');
	});

	it('says so beside another failure, because no later run would', async () => {
		const scene = await theatre.scene(quiet);
		scene.happened(MINUTE, { type });
		scene.populate(40, 0.0001);
		scene.feed.fail({ status: 401 }, { after: 1, times: 1 });
		const { error } = await scene.break({ 'fail-on': 'high', ...pagesOf(20) });
		expect(error).toContain('does not accept');
		expect(error).toMatch(/alerts? (is|are) at least as severe as fail-on \(high\)/);
	});

	it('is refused where nothing is watched', async () => {
		const scene = await theatre.scene(quiet);
		const error = await scene.fail({ 'fail-on': 'low', watches: 'off' });
		expect(error).toContain('The input fail-on cannot be used: "low"');
	});

	it('lets less severe alerts pass', async () => {
		const scene = await theatre.scene(quiet);
		happened(scene, { type });
		expect((await scene.succeed({ 'fail-on': 'critical' })).outputs.alerts).not.toBe('0');
	});
});
