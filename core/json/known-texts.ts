import { type JsonText, standsAt } from './json-text';

/** There are fewer types than this; other texts need not be kept. */
const MAX_TEXTS = 10_000;

/** Recurring texts, each decoded once. */
export class KnownTexts {
	/** By a hash of the bytes; of texts with the same hash, the one that came last. */
	readonly #texts = new Map<number, { readonly bytes: Buffer; readonly text: string }>();

	/** The text of the string that has been passed. */
	textOf(json: JsonText): string {
		const { bytes, textStart, textEnd } = json;
		if (!json.plain) return json.text;
		let hash = 0;
		for (let at = textStart; at < textEnd; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
		const known = this.#texts.get(hash);
		if (known && standsAt(known.bytes, bytes, textStart, textEnd)) return known.text;
		const { text } = json;
		if (this.#texts.size === MAX_TEXTS) this.#texts.clear();
		this.#texts.set(hash, { bytes: Buffer.from(text), text });
		return text;
	}
}
