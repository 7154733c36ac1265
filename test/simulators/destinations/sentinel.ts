import {
	type DestinationAnswer,
	type DestinationRequest,
	HttpsDestination,
	linesIn,
} from './https-destination';

const REQUEST_TOKEN = 'github-request-token-000000001';
const ASSERTION = 'eyJhbGciOiJSUzI1NiJ9.assertion-0000001.signature+/=';
const ACCESS_TOKEN = 'eyJ0eXAiOiJKV1QifQ.access-0000000001.signature';
const TENANT = '11111111-2222-4333-8444-555555555555';
const CLIENT = '66666666-7777-4888-8999-000000000000';
const RULE = 'dcr-0123456789abcdef0123456789abcdef';
const STREAM = 'Custom-AnthropicCompliance_CL';

/** What Azure documents, in bytes of a request. */
const MAX_BYTES = 1_048_576;

/** A row of the table, without the exact text of the activity. */
export interface SentinelRow {
	readonly TimeGenerated: string;
	readonly ActivityId?: string;
	readonly Activity?: unknown;
	readonly Unreadable?: string;
}

/** Azure Monitor's Logs Ingestion API, Entra, which signs a job in, and GitHub, which vouches for the job. */
export class Sentinel extends HttpsDestination {
	readonly secrets = {};
	readonly tokens = [REQUEST_TOKEN, ASSERTION, ACCESS_TOKEN];
	readonly rows: SentinelRow[] = [];

	get variables() {
		return {
			AZURE_TENANT_ID: TENANT,
			AZURE_CLIENT_ID: CLIENT,
			SENTINEL_INGESTION_URL: this.url,
			SENTINEL_RULE_ID: RULE,
			SENTINEL_STREAM: STREAM,
		};
	}

	get replaced() {
		return {
			ENTRA_URL: this.url,
			ACTIONS_ID_TOKEN_REQUEST_URL: `${this.url}/github/token?api-version=2.0`,
			ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
		};
	}

	protected answer(request: DestinationRequest): DestinationAnswer {
		const { pathname } = request.url;
		if (pathname === '/github/token') return vouch(request);
		if (pathname === `/${TENANT}/oauth2/v2.0/token`) return signIn(request);
		if (pathname === `/dataCollectionRules/${RULE}/streams/${STREAM}`) return this.#take(request);
		return { status: 404 };
	}

	#take({ method, url, headers, body }: DestinationRequest): DestinationAnswer {
		if (method !== 'POST' || url.search !== '?api-version=2023-01-01') return { status: 400 };
		if (headers.authorization !== `Bearer ${ACCESS_TOKEN}`) return { status: 401 };
		if (headers['content-type'] !== 'application/json') return { status: 400 };
		if (body.length > MAX_BYTES) return { status: 413 };
		const rows = JSON.parse(body.toString()) as SentinelRow[];
		// The script writes a row on each line, so that the exact text of the activity can be found here.
		const lines = linesIn(body).slice(0, rows.length);
		this.rows.push(...rows);
		this.held.push(...rows.map(({ Unreadable }, at) => Unreadable ?? activityIn(lines[at]!)));
		return { status: 204 };
	}
}

function vouch({ method, url, headers }: DestinationRequest): DestinationAnswer {
	const { searchParams } = url;
	if (method !== 'GET' || searchParams.get('api-version') !== '2.0') return { status: 404 };
	if (headers.authorization !== `bearer ${REQUEST_TOKEN}`) return { status: 401 };
	if (searchParams.get('audience') !== 'api://AzureADTokenExchange') return { status: 400 };
	return { status: 200, body: { count: 1, value: ASSERTION } };
}

function signIn({ method, body }: DestinationRequest): DestinationAnswer {
	const form = Object.fromEntries(new URLSearchParams(body.toString()));
	const expected = {
		grant_type: 'client_credentials',
		scope: 'https://monitor.azure.com/.default',
		client_id: CLIENT,
		client_assertion: ASSERTION,
		client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
	};
	const isRight = Object.entries(expected).every(([name, value]) => form[name] === value);
	if (method !== 'POST' || !isRight) return { status: 400, body: { error: 'invalid_request' } };
	return { status: 200, body: { token_type: 'Bearer', access_token: ACCESS_TOKEN } };
}

/** The exact text of the activity in a row. */
function activityIn(row: string): string {
	const name = '"Activity":';
	return row.slice(row.indexOf(name) + name.length, -1);
}
