import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER } from '../../test/n8n/editor';
import { N8n } from '../../test/n8n/n8n';
import { until } from '../../test/n8n/until';
import { CREDENTIAL_TYPE, triggerWorkflow } from '../../test/n8n/workflow';
import { ActivityFeed } from '../../test/simulators/activity-feed/activity-feed';
import { systemClock } from '../../test/simulators/activity-feed/clock';
import { ACCESS_KEY } from '../../test/simulators/activity-feed/keys';
import { startActivityFeed } from '../../test/simulators/activity-feed/server';
import { savePicture } from './picture.mjs';

const MINUTE = 60_000;
/** n8n's default names for the trigger and the credential. */
const TRIGGER = 'Anthropic Compliance Trigger';
const CREDENTIAL = 'Anthropic Compliance account';
/** Time, in milliseconds, for animations to end; n8n does not signal it. */
const SETTLING = 1500;

const ADA = person('ada', '01Rk7Vd2Qm', '192.0.2.17');
const GRACE = person('grace', '01Hn4Tz8Lw', '192.0.2.80');
const LINUS = person('linus', '01Xc9Bq5Fy', '198.51.100.4');

/** An hour of a small company, oldest first. */
const ACTIVITIES = [
	['sso_login_succeeded', ADA, {}],
	['claude_chat_created', ADA, { claude_chat_id: 'claude_chat_01Wm3Kp' }],
	['claude_file_uploaded', ADA, { claude_file_id: 'claude_file_01Jt6Nd' }],
	['sso_login_succeeded', GRACE, {}],
	['claude_project_created', GRACE, { claude_project_id: 'claude_proj_01Pz8Sv' }],
	['org_user_invite_sent', GRACE, { invite_id: 'invite_01Dh2Gx' }],
	['sso_login_succeeded', LINUS, {}],
	['platform_api_key_created', LINUS, { api_key_id: 'apikey_01Fb7Rq' }],
	['org_data_export_started', GRACE, {}],
	['org_sso_toggled', GRACE, { enabled: false }],
];

function person(name, id, address) {
	return {
		type: 'user_actor',
		email_address: `${name}@example.com`,
		user_id: `user_${id}`,
		ip_address: address,
		user_agent: 'Mozilla/5.0',
	};
}

function populate(feed) {
	const start = systemClock.now() - 70 * MINUTE;
	ACTIVITIES.forEach(([type, actor, fields], index) => {
		// As in the real feed, a sign-in belongs to no organization.
		const organization = type.startsWith('sso_') ? null : 'org_01Zs5Mn';
		feed.add({
			created_at: new Date(start + index * 7 * MINUTE + index * index * 997).toISOString(),
			organization_id: organization,
			actor,
			type,
			...fields,
		});
	});
}

/** A page of n8n's editor, logged in. */
async function openEditor(browser, url) {
	const page = await browser.newPage();
	await page.goto(`${url}/signin`);
	await page.locator('input[name="emailOrLdapLoginId"]').fill(OWNER.email);
	await page.locator('input[name="password"]').fill(OWNER.password);
	await page.keyboard.press('Enter');
	await page.waitForFunction('!location.pathname.startsWith("/signin")');
	return page;
}

async function openTrigger(page, address) {
	await page.goto(address);
	const node = await page.waitForSelector(`[data-node-name="${TRIGGER}"]`);
	await sleep(SETTLING);
	await node.click({ count: 2 });
	await page.waitForSelector(testId('output-panel'));
	await sleep(SETTLING);
}

const testId = (id) => `[data-test-id="${id}"]`;

/** Takes a picture of the element that a selector finds, up to a height. */
async function takePicture(page, selector, name, height) {
	const element = await page.waitForSelector(selector);
	// The mouse must highlight nothing, and no message may cover the element.
	await page.mouse.move(0, 0);
	await page.addStyleTag({
		content:
			'.el-notification, .el-popper, [data-reka-popper-content-wrapper] { display: none !important; }',
	});
	await sleep(SETTLING);
	const box = await element.boundingBox();
	await savePicture(page, name, { ...box, height: Math.min(height, box.height) });
}

/** Takes the pictures of the nodes in a real n8n that reads a simulated feed. */
export async function takeN8nPanels(browser) {
	const feed = new ActivityFeed({ clock: systemClock });
	populate(feed);
	const server = await startActivityFeed(feed);
	const n8n = await N8n.start({ say: console.log });
	try {
		const credential = await n8n.editor.createCredential(
			CREDENTIAL_TYPE,
			{ apiKey: ACCESS_KEY, baseUrl: server.url },
			CREDENTIAL,
		);
		const workflow = triggerWorkflow(credential, {
			pollTimes: { item: [{ mode: 'everyMinute' }] },
		});
		workflow.nodes[0].name = TRIGGER;
		const id = await n8n.editor.createWorkflow(workflow);
		await n8n.editor.publish(id);
		const [execution] = await until('the trigger has given the activities', () => {
			const given = n8n.database.executions(id).filter(({ status }) => status === 'success');
			return given.length > 0 && given;
		});

		const page = await openEditor(browser, n8n.url);
		await page.setViewport({ width: 1900, height: 780, deviceScaleFactor: 2 });
		await openTrigger(page, `${n8n.url}/workflow/${id}/executions/${execution.id}`);
		await takePicture(page, testId('output-panel'), 'execution-output', 650);

		await page.setViewport({ width: 1440, height: 880, deviceScaleFactor: 2 });
		await openTrigger(page, `${n8n.url}/workflow/${id}`);
		await page.click(testId('node-execute-button'));
		await page.waitForSelector(testId('node-run-status-success'));
		await page.click(testId('radio-button-json'));
		await takePicture(page, testId('ndv'), 'trigger-panel', 815);

		for (const [output, height] of Object.entries({ raw: 400, ocsf: 1420, ecs: 1290 })) {
			const other = triggerWorkflow(credential, { options: { output } });
			other.nodes[0].name = TRIGGER;
			const address = `${n8n.url}/workflow/${await n8n.editor.createWorkflow(other)}`;
			await page.setViewport({ width: 1440, height: 1500, deviceScaleFactor: 2 });
			await openTrigger(page, address);
			await page.click(testId('node-execute-button'));
			await page.waitForSelector(testId('node-run-status-success'));
			await page.click(testId('radio-button-json'));
			await takePicture(page, testId('output-panel'), `item-${output}`, height);
		}

		await page.goto(`${n8n.url}/home/credentials/${credential}`);
		await page.waitForSelector('::-p-text(Connection tested successfully)');
		// The picture shows the real API's address in place of the simulated feed's.
		await page.$$eval(
			'input',
			(inputs, [simulated, real]) => {
				for (const input of inputs) if (input.value === simulated) input.value = real;
			},
			[server.url, 'https://api.anthropic.com'],
		);
		await takePicture(
			page,
			'::-p-xpath(//*[@role="dialog"][contains(., "Connection tested")]/*)',
			'credential-dialog',
			440,
		);
	} finally {
		await n8n.close();
		await server.close();
	}
}
