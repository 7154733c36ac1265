import type { HttpResponse } from './http';
import { MAX_ERROR_BYTES } from './refusal';

/** A shorter part of a secret reveals nothing, and other texts contain it by chance. */
const PART = 8;
/** The beginning of every key. It is not secret. */
const PREFIX = /^sk-ant-[a-z0-9]+-/;

/** A key that the other side may repeat. Messages show its answers without any part of the key. */
export class Secret {
	readonly #parts = new Set<string>();

	constructor(key: string) {
		const own = key.replace(PREFIX, '');
		// In base64, it looks different after one and after two more characters.
		const coded = ['', ' ', '  '].map((before) => Buffer.from(before + own).toString('base64url'));
		for (const text of [own, ...coded.map((each) => each.slice(4))]) {
			for (let at = 0; at + PART <= text.length; at++) this.#parts.add(text.slice(at, at + PART));
		}
	}

	/** Removes all parts of the secret from a text: plain, percent-coded or in base64. */
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

	/** An unsuccessful answer that is safe to show. */
	hideInAnswer(response: HttpResponse): HttpResponse {
		const headers = Object.entries(response.headers).map(([name, value]) => [
			name,
			this.hideIn(value),
		]);
		const { body } = response;
		return {
			...response,
			headers: Object.fromEntries(headers) as HttpResponse['headers'],
			// A longer body is not shown at all.
			body: body.length > MAX_ERROR_BYTES ? body : Buffer.from(this.hideIn(body.toString())),
		};
	}
}
