import {
	type ICredentialsDecrypted,
	type ICredentialTestFunctions,
	type INodeCredentialTestResult,
	sleep,
} from 'n8n-workflow';
import { Feed, type Http, NO_FILTERS, parseAccessKey, parseBaseUrl } from '../../core';
import { headersOf, now } from './compliance-feed';

const TIMEOUT_MS = 30_000;
/** What is asked for is one activity. */
const LONGEST_BODY = 1024 * 1024;

const SILENCE = { info: () => undefined, warning: () => undefined };

/**
 * Whether a credential opens the feed, by the checks that polls make, and in their words. What may
 * pass is not tried again: somebody waits.
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
		const feed = new Feed({ baseUrl, accessKey, http, now, sleep, log: SILENCE });
		await feed.page({ filters: NO_FILTERS, order: 'desc', limit: 1 }, { until: 0 });
		return { status: 'OK', message: 'Connection successful!' };
	} catch (error) {
		return { status: 'Error', message: (error as Error).message };
	}
}

/** Requests as n8n lets the test of a credential make them: it has no other way. */
function requestHttp({ helpers }: ICredentialTestFunctions, accessKey: string): Http {
	return async ({ url, headers }) => {
		const response = (await helpers.request({
			url,
			headers: { ...headers, 'x-api-key': accessKey },
			followRedirect: false,
			simple: false,
			resolveWithFullResponse: true,
			timeout: TIMEOUT_MS,
			// Nothing else bounds what comes, nor how long it comes.
			useStream: true,
		})) as StreamedResponse;
		return {
			status: response.statusCode,
			headers: headersOf(response),
			body: await bodyOf(response.body),
		};
	};
}

interface StreamedResponse {
	statusCode: number;
	headers: Record<string, unknown>;
	body: AsyncIterable<Uint8Array> & { destroy: (error: Error) => void };
}

async function bodyOf(stream: StreamedResponse['body']): Promise<Buffer> {
	const end = (reason: string) => stream.destroy(new Error(reason));
	AbortSignal.timeout(TIMEOUT_MS).addEventListener('abort', () => end('timed out'));
	const parts: Uint8Array[] = [];
	let length = 0;
	for await (const part of stream) {
		length += part.length;
		if (length > LONGEST_BODY) end('too long');
		else parts.push(part);
	}
	// The core takes valid UTF-8 only.
	return Buffer.from(Buffer.concat(parts).toString());
}
