import { Agent, get, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer, not decoded. */
export interface RawAnswer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer[];
}

const agent = new Agent({ keepAlive: true });

/** One GET over plain node:http, on a connection that is kept open. */
export function fetchRaw(url: string, headers: Record<string, string>): Promise<RawAnswer> {
	return new Promise((resolve, reject) => {
		get(url, { agent, headers }, (response) => {
			const body: Buffer[] = [];
			response.on('data', (part: Buffer) => body.push(part));
			response.on('end', () =>
				resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
			);
			response.on('error', reject);
		}).on('error', reject);
	});
}

/** Gets a page of the feed. After a refusal by the rate limit, it waits and tries again. */
export async function fetchPage(
	baseUrl: string,
	accessKey: string,
	parameters: URLSearchParams,
): Promise<Buffer[]> {
	for (;;) {
		const { status, headers, body } = await fetchRaw(
			`${baseUrl}/v1/compliance/activities?${parameters.toString()}`,
			{ 'x-api-key': accessKey, 'anthropic-version': '2023-06-01' },
		);
		if (status === 200) return body;
		if (status !== 429) throw new Error(`${status}: ${Buffer.concat(body).toString()}`);
		await sleep(Number(headers['retry-after']) * 1000);
	}
}
