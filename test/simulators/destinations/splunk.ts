import {
	type DestinationAnswer,
	type DestinationRequest,
	HttpsDestination,
	linesIn,
} from './https-destination';

const TOKEN = '6b1a2c3d-hec0-4e5f-8a9b-secret000001';

/** An event as Splunk indexes it. */
export interface SplunkEvent {
	/** Seconds since 1970. */
	readonly time: number | undefined;
	readonly sourcetype: string;
	/** The event's exact text. */
	readonly raw: string;
}

/** Splunk's HTTP Event Collector. */
export class Splunk extends HttpsDestination {
	readonly secrets = { SPLUNK_HEC_TOKEN: TOKEN };
	readonly events: SplunkEvent[] = [];

	get variables() {
		return { SPLUNK_HEC_URL: this.url };
	}

	protected answer({ method, url, headers, body }: DestinationRequest): DestinationAnswer {
		if (url.pathname !== '/services/collector/event' || method !== 'POST') {
			return { status: 404, body: { text: 'The requested URL was not found.', code: 404 } };
		}
		if (headers.authorization !== `Splunk ${TOKEN}`) {
			return { status: 403, body: { text: 'Invalid token', code: 4 } };
		}
		const events: SplunkEvent[] = [];
		for (const line of linesIn(body)) {
			const event = eventOf(line);
			if (typeof event === 'number') return { status: 400, body: { text: 'Refused', code: event } };
			events.push(event);
		}
		if (events.length === 0) return { status: 400, body: { text: 'No data', code: 5 } };
		this.events.push(...events);
		this.held.push(
			...events.map(({ sourcetype, raw }) =>
				sourcetype.endsWith('unreadable') ? (JSON.parse(raw) as string) : raw,
			),
		);
		return { status: 200, body: { text: 'Success', code: 0 } };
	}
}

/** Reads an event, or returns the code with which Splunk refuses it. */
function eventOf(line: string): SplunkEvent | number {
	let fields: Record<string, unknown>;
	try {
		fields = JSON.parse(line) as Record<string, unknown>;
	} catch {
		return 6; // invalid data format
	}
	if (fields.event === undefined || fields.event === null) return 12; // event field is required
	if (fields.event === '') return 13; // event field cannot be blank
	return {
		time: fields.time as number | undefined,
		sourcetype: String(fields.sourcetype),
		raw: line.slice(line.indexOf('"event":') + '"event":'.length, -1),
	};
}
