import {
	type DestinationAnswer,
	type DestinationRequest,
	HttpsDestination,
	linesIn,
} from './https-destination';

const API_KEY = 'ZWxhc3RpYy1hcGkta2V5OnNlY3JldC0wMDAwMDE=';

/** Elasticsearch's bulk API. It answers 200 also to a request of which it refuses a part. */
export class Elasticsearch extends HttpsDestination {
	readonly secrets = { ELASTICSEARCH_API_KEY: API_KEY };
	/** The documents of all indexes: exact texts, by index and id. */
	readonly documents = new Map<string, string>();
	/** With which status it refuses a document, if it does. */
	refuses: (text: string) => number | undefined = () => undefined;

	get variables() {
		return { ELASTICSEARCH_URL: this.url };
	}

	protected answer({ method, url, headers, body }: DestinationRequest): DestinationAnswer {
		const index = /^\/([^/]+)\/_bulk$/.exec(url.pathname)?.[1];
		if (index === undefined || method !== 'POST') return { status: 404, body: {} };
		if (headers.authorization !== `ApiKey ${API_KEY}`) return { status: 401, body: {} };
		if (headers['content-type'] !== 'application/x-ndjson') return { status: 406, body: {} };
		if (body.at(-1) !== 0x0a) return { status: 400, body: {} };
		const lines = linesIn(body);
		const statuses: number[] = [];
		for (let at = 0; at < lines.length; at += 2) {
			const { create } = JSON.parse(lines[at]!) as { create: { _id: string } };
			statuses.push(this.#create(`${index}/${create._id}`, lines[at + 1] ?? ''));
		}
		if (url.searchParams.get('filter_path') === 'items.*.status') {
			return { status: 200, body: { items: statuses.map((status) => ({ create: { status } })) } };
		}
		const items = statuses.map((status) => ({ create: { _index: index, status } }));
		return { status: 200, body: { took: 1, errors: statuses.some((each) => each > 299), items } };
	}

	#create(id: string, text: string): number {
		if (this.documents.has(id)) return 409;
		const refused = isObject(text) ? this.refuses(text) : 400;
		if (refused !== undefined) return refused;
		this.documents.set(id, text);
		const { unreadable } = JSON.parse(text) as { unreadable?: string };
		this.held.push(unreadable ?? text);
		return 201;
	}
}

function isObject(text: string): boolean {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null && !Array.isArray(value);
	} catch {
		return false;
	}
}
