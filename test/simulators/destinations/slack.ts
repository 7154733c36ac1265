import {
	type DestinationAnswer,
	type DestinationRequest,
	HttpsDestination,
} from './https-destination';

const TOKEN = 'xoxb-slack-token-secret-000001';

/** Slack's API, with one channel. It answers 200 also to a message that it refuses. */
export class Slack extends HttpsDestination {
	readonly secrets = { SLACK_TOKEN: TOKEN };

	get variables() {
		return { SLACK_URL: this.url };
	}

	protected answer({ method, url, headers, body }: DestinationRequest): DestinationAnswer {
		if (url.pathname !== '/api/chat.postMessage' || method !== 'POST') return { status: 404 };
		if (headers.authorization !== `Bearer ${TOKEN}`) return refusal('invalid_auth');
		if (!headers['content-type']?.startsWith('application/json'))
			return refusal('invalid_form_data');
		const { channel, text } = JSON.parse(body.toString()) as { channel: string; text: string };
		if (channel !== '#security-alerts') return refusal('channel_not_found');
		if (!text) return refusal('no_text');
		this.held.push(text);
		return { status: 200, body: { ok: true } };
	}
}

const refusal = (error: string): DestinationAnswer => ({ status: 200, body: { ok: false, error } });
