import {
	type DestinationAnswer,
	type DestinationRequest,
	HttpsDestination,
	linesIn,
} from './https-destination';

const TOKEN = 'collector-token-secret-000001';

/** A collector that takes NDJSON. Its address holds a key, as that of some collectors does. */
export class Collector extends HttpsDestination {
	get secrets() {
		return { COLLECTOR_URL: `${this.url}/in/secret-path-000001`, COLLECTOR_TOKEN: TOKEN };
	}

	readonly variables = {};

	protected answer({ method, url, headers, body }: DestinationRequest): DestinationAnswer {
		if (url.pathname !== '/in/secret-path-000001' || method !== 'POST') return { status: 404 };
		if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401 };
		if (headers['content-type'] !== 'application/x-ndjson') return { status: 415 };
		this.held.push(...linesIn(body));
		return { status: 202 };
	}
}
