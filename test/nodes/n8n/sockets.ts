import { createRequire } from 'node:module';
import type { IHttpRequestOptions } from 'n8n-workflow';

interface AxiosResponse {
	status: number;
	statusText: string;
	headers: Record<string, unknown>;
	data: unknown;
}

/** The axios of n8n-workflow, which is n8n's own version. */
const axios = createRequire(require.resolve('n8n-workflow'))('axios') as (
	config: object,
) => Promise<AxiosResponse>;

/**
 * A request over the network, as far as n8n passes options on to its HTTP library.
 *
 * @param maxContentLength n8n sets none where the library is to stand for the one that it once used
 */
export async function requestOverSockets(
	options: IHttpRequestOptions,
	maxContentLength = Infinity,
): Promise<unknown> {
	const { url, headers, timeout, abortSignal, encoding } = options;
	const response = await axios({
		url,
		headers,
		timeout,
		proxy: false,
		maxBodyLength: Infinity,
		maxContentLength,
		...(abortSignal && { signal: abortSignal }),
		...(options.disableFollowRedirect && { maxRedirects: 0 }),
		...(encoding !== undefined && { responseType: encoding }),
		...(options.ignoreHttpStatusErrors && { validateStatus: () => true }),
	});
	const { status, statusText, headers: received, data } = response;
	return { statusCode: status, statusMessage: statusText, headers: received, body: data };
}
