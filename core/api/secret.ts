import type { HttpResponse } from './http';
import { MAX_ERROR_BYTES } from './refusal';

/** A shorter part of a secret reveals nothing, and would be found by chance. */
const PART = 8;
/** Every key begins with this; it is not secret. */
const PREFIX = /^sk-ant-[a-z0-9]+-/;

/** A key that somebody else may repeat: what the other side says is shown without any part of it. */
export class Secret {
	readonly #parts = new Set<string>();

	constructor(key: string) {
		const own = key.replace(PREFIX, '');
		// In base64, it looks another way behind one and behind two characters more.
		const coded = ['', ' ', '  '].map((before) => Buffer.from(before + own).toString('base64url'));
		for (const text of [own, ...coded.map((each) => each.slice(4))]) {
			for (let at = 0; at + PART <= text.length; at++) this.#parts.add(text.slice(at, at + PART));
		}
	}

	/** A text from outside without the secret's parts, as they are, percent-coded or in base64. */
	hideIn(text: string): string {
		const plain = text.replace(/%2d/gi, '-').replace(/%5f/gi, '_');
		let shown = '';
		let hiddenTo = 0;
		for (let at = 0; at < plain.length; at++) {
			const part = plain
				.slice(at, at + PART)
				.replaceAll('+', '-')
				.replaceAll('/', '_');
			if (this.#parts.has(part)) {
				if (at >= hiddenTo) shown += '***';
				hiddenTo = at + PART;
			}
			if (at >= hiddenTo) shown += plain[at];
		}
		return shown;
	}

	/** An answer that is no success, as it may be shown. */
	hideInAnswer(response: HttpResponse): HttpResponse {
		const headers = Object.entries(response.headers).map(([name, value]) => [
			name,
			this.hideIn(value),
		]);
		const { body } = response;
		return {
			...response,
			headers: Object.fromEntries(headers) as HttpResponse['headers'],
			// Of a longer one, nothing is shown.
			body: body.length > MAX_ERROR_BYTES ? body : Buffer.from(this.hideIn(body.toString())),
		};
	}
}
