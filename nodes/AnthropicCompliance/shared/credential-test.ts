import {
	type ICredentialsDecrypted,
	type ICredentialTestFunctions,
	type INodeCredentialTestResult,
	sleep,
} from 'n8n-workflow';
import {
	ACCEPTED_CODINGS,
	ApiClient,
	Feed,
	type Http,
	NO_FILTERS,
	parseAccessKey,
	parseBaseUrl,
} from '../../../core';
import { type StreamedAnswer, AnswerTimer, wholeAnswer } from './answer-body';
import { now } from './transport';

const TIMEOUT_MS = 30_000;

const SILENCE = { info: () => undefined, warning: () => undefined };

/**
 * Tests whether a credential opens the feed, with the checks and the messages of a poll. It never retries,
 * because a user waits for the result.
 */
export async function testCredential(
	this: ICredentialTestFunctions,
	{ data }: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	const text = (field: string) => String((data?.[field] ?? '') as string);
	try {
		const baseUrl = parseBaseUrl(text('baseUrl'));
		const accessKey = parseAccessKey(text('apiKey'));
		const http = requestHttp(this, accessKey);
		const client = new ApiClient({ baseUrl, accessKey, http, now, sleep, log: SILENCE });
		await new Feed(client).page({ filters: NO_FILTERS, order: 'desc', limit: 1 }, { until: 0 });
		return { status: 'OK', message: 'Connection successful!' };
	} catch (error) {
		return { status: 'Error', message: (error as Error).message };
	}
}

/** The only kind of request that n8n offers to the test of a credential. */
function requestHttp({ helpers }: ICredentialTestFunctions, accessKey: string): Http {
	return async ({ url, headers }) => {
		const timer = new AnswerTimer(TIMEOUT_MS);
		const response = (await helpers.request({
			url,
			headers: { ...headers, 'accept-encoding': ACCEPTED_CODINGS, 'x-api-key': accessKey },
			followRedirect: false,
			simple: false,
			resolveWithFullResponse: true,
			timeout: TIMEOUT_MS,
			// n8n limits neither the size of a body nor the time it takes.
			useStream: true,
		})) as StreamedAnswer;
		return await wholeAnswer(response, timer);
	};
}
