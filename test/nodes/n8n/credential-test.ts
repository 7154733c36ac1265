import type { IDataObject, IHttpRequestOptions, INodeCredentialTestResult } from 'n8n-workflow';
import type { Installation } from './installation';
import { time } from './time';

/** n8n's test of a credential: the credential's request, and its rules about the body. */
export async function testCredential(
	installation: Installation,
): Promise<INodeCredentialTestResult> {
	const { credential } = installation.setup;
	if (!credential.test) throw new Error('The credential has no test.');
	const { request, rules = [] } = credential.test;
	const context = installation.executeContext([]);
	let body: unknown;
	try {
		const options = installation.evaluate(request) as IHttpRequestOptions;
		const response = (await time.settle(
			context.helpers.httpRequestWithAuthentication.call(context, credential.name, {
				...options,
				returnFullResponse: true,
			}),
		)) as { body: unknown };
		({ body } = response);
	} catch (error) {
		// n8n tells statuses apart at most.
		return { status: 'Error', message: (error as Error).message };
	}
	for (const rule of rules) {
		if (rule.type !== 'responseSuccessBody') continue;
		const { key, value, message } = rule.properties;
		if (valueAt(body, key) === value) return { status: 'Error', message };
	}
	return { status: 'OK', message: 'Connection successful!' };
}

/** As lodash's `get` finds it. */
function valueAt(body: unknown, path: string): unknown {
	return path.split('.').reduce((value, key) => (value as IDataObject | undefined)?.[key], body);
}
