import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { N8n } from './n8n';
import { Scene } from './scene';
import { until } from './until';
import { CREDENTIAL_TYPE, TRIGGER } from './workflow';

describe('in the editor', () => {
	const EXPIRED = 'sk-ant-api01-expired';
	const WITHOUT_SCOPE = 'sk-ant-api01-without-scope';
	let n8n: N8n;
	let scene: Scene;

	beforeAll(async () => {
		n8n = await N8n.start();
		scene = await Scene.open(n8n);
		scene.feed.grant(EXPIRED, { scopes: [], expired: true });
		scene.feed.grant(WITHOUT_SCOPE, { scopes: ['read:something_else'] });
	});
	afterAll(async () => {
		await scene.close();
		await n8n.close();
	});

	function testKey(apiKey: string, baseUrl = scene.url) {
		const credential = { apiKey, baseUrl };
		return n8n.editor.testCredential(CREDENTIAL_TYPE, credential);
	}

	test('the credential accepts a good key', async () => {
		expect(await testKey(ACCESS_KEY)).toMatchObject({ status: 'OK' });
	});

	test.each([
		['an invalid key', 'sk-ant-api01-unknown', /does not accept/],
		['an expired key', EXPIRED, /expired/],
		['a key without the scope', WITHOUT_SCOPE, /read:compliance_activities/],
	])('the test of the credential says what is wrong with %s', async (_, key, message) => {
		expect(await testKey(key)).toEqual({
			status: 'Error',
			message: expect.stringMatching(message),
		});
	});

	test('the test of the credential says that an address is not the API’s', async () => {
		expect(await testKey(ACCESS_KEY, `${scene.url}/elsewhere`)).toMatchObject({ status: 'Error' });
	});

	test.each([
		[
			'refuses connections',
			'http://127.0.0.1:1',
			/was refused \(ECONNREFUSED\)\. Check the base URL/,
		],
		[
			'has a name that nobody knows',
			'https://api.invalid',
			/was not found \(E\w+\)\. Check the base URL/,
		],
	])('the test of the credential says what to check if the address %s', async (_, url, message) => {
		expect(await testKey(ACCESS_KEY, url)).toEqual({
			status: 'Error',
			message: expect.stringMatching(message),
		});
	});

	test('the credential refuses an address that only looks like this machine', async () => {
		const address = scene.url.replace('://', '://localhost@');
		expect(await testKey(ACCESS_KEY, address)).toEqual({
			status: 'Error',
			message: expect.stringContaining('not an https URL'),
		});
	});

	test('a manual run of the trigger shows an activity, and keeps no checkpoint', async () => {
		scene.populate(5);
		await scene.save();
		await n8n.editor.executeStep(scene.workflowId, TRIGGER);
		await until('the run has ended', () =>
			scene.executions.some(({ status }) => status === 'success'),
		);
		expect(scene.emitted).toEqual(scene.shown.slice(-1));
		expect(n8n.database.staticData(scene.workflowId)).toEqual({});
	});
});
