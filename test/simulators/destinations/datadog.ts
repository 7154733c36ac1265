import {
	type DestinationAnswer,
	type DestinationRequest,
	HttpsDestination,
} from './https-destination';

const API_KEY = 'datadog-api-key-secret-000000001';

/** What Datadog documents: bytes of a request, and logs in it. */
const MAX_BYTES = 5_000_000;
const MAX_LOGS = 1000;

/** A log as Datadog takes it. */
export interface DatadogLog {
	readonly ddsource: string;
	readonly ddtags?: string;
	readonly message: string;
}

/** Datadog's intake of logs, version 2. */
export class Datadog extends HttpsDestination {
	readonly secrets = { DATADOG_API_KEY: API_KEY };
	readonly logs: DatadogLog[] = [];

	get variables() {
		return { DATADOG_INTAKE_URL: this.url };
	}

	protected answer({ method, url, headers, body }: DestinationRequest): DestinationAnswer {
		if (url.pathname !== '/api/v2/logs' || method !== 'POST') return { status: 404 };
		if (headers['dd-api-key'] !== API_KEY) return { status: 403, body: { errors: ['Forbidden'] } };
		if (headers['content-type'] !== 'application/json') return { status: 415 };
		if (body.length > MAX_BYTES) return { status: 413 };
		const logs = JSON.parse(body.toString()) as DatadogLog[];
		if (logs.length > MAX_LOGS) return { status: 413 };
		this.logs.push(...logs);
		this.held.push(...logs.map(({ message }) => message));
		return { status: 202, body: {} };
	}
}
