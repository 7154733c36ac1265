import { createRequire } from 'node:module';
import type { IHttpRequestOptions } from 'n8n-workflow';

interface AxiosResponse {
	status: number;
	statusText: string;
	headers: Record<string, unknown>;
	data: unknown;
}

/** The axios that n8n-workflow uses, which is n8n's own version. */
const axios = createRequire(require.resolve('n8n-workflow'))('axios') as (
	config: object,
) => Promise<AxiosResponse>;

/**
 * A request over the network, with the options that n8n passes to its HTTP library.
 *
 * @param maxContentLength n8n sets no limit where its library imitates the one that it used before
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
