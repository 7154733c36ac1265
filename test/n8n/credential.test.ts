import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { N8n } from './n8n';
import { Scene } from './scene';
import { CREDENTIAL_TYPE } from './workflow';

describe('the test in the dialog of the credential', () => {
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

	const testKey = (accessKey: string, baseUrl = scene.url) =>
		n8n.editor.testCredential(CREDENTIAL_TYPE, { accessKey, baseUrl });

	test('accepts a good key', async () => {
		expect(await testKey(ACCESS_KEY)).toMatchObject({ status: 'OK' });
	});

	test.each([
		['an invalid key', 'sk-ant-api01-unknown', /not accepted/],
		['an expired key', EXPIRED, /expired/],
		['a key without the scope', WITHOUT_SCOPE, /read:compliance_activities/],
	])('tells what is wrong with %s', async (_, key, message) => {
		expect(await testKey(key)).toEqual({
			status: 'Error',
			message: expect.stringMatching(message),
		});
	});

	test('tells that an address is not that of the API', async () => {
		expect(await testKey(ACCESS_KEY, `${scene.url}/elsewhere`)).toMatchObject({ status: 'Error' });
	});
});
