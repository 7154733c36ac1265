import { type Body, BodyTooLarge, decodeBody, MAX_BODY_BYTES } from '../../core';

/** A body of which nothing more arrives is given up after so long, or up to twice as long. */
const SILENCE_MS = 15_000;

/** What `DecompressionStream` calls codings. It knows brotli only where n8n runs on a new Node. */
const FORMATS: ReadonlyMap<string, string> = new Map([
	['gzip', 'gzip'],
	['deflate', 'deflate'],
	['br', 'brotli'],
]);

/** How long an answer is waited for. */
export class Patience {
	readonly #controller = new AbortController();
	/** Aborted when the answer is waited for no longer. */
	readonly signal: AbortSignal;
	/** Rejects then. */
	readonly end: Promise<never>;
	#arrived = 0;
	#resting = false;

	/** @param ms how long all of the answer may take */
	constructor(ms: number) {
		const signal = AbortSignal.any([AbortSignal.timeout(ms), this.#controller.signal]);
		this.signal = signal;
		this.end = new Promise((_, reject) => {
			signal.addEventListener('abort', () => reject(signal.reason as Error));
		});
		this.end.catch(() => undefined);
	}

	/** Starts to wait for a body. n8n's own timeout ends when an answer begins. */
	expectBody(): void {
		const before = this.#arrived;
		AbortSignal.timeout(SILENCE_MS).addEventListener('abort', () => {
			if (this.#resting) return;
			if (this.#arrived > before) this.expectBody();
			else this.giveUp(new Error('more of the answer did not arrive in time'));
		});
	}

	/** Waits for more, since a part has arrived. */
	expectMore(): void {
		this.#arrived++;
	}

	/** Closes the connection, where n8n leaves it to the node; in Get Many it has a signal of its own. */
	giveUp(reason: unknown): void {
		this.rest();
		this.#controller.abort(reason);
	}

	/** Waits for nothing any more. */
	rest(): void {
		this.#resting = true;
	}
}

/**
 * Reads a body to its end. Of its codings, n8n has undone one that stands alone, and taken its name out
 * of the headers; what is named there still is undone here.
 *
 * @param stream as n8n gives it
 * @param headers by names in lower case
 * @param patience bounds the time of the request; it is aborted when the body stops arriving
 * @throws BodyTooLarge as soon as it is known to be; the connection is closed then
 * @throws Error when it breaks off, does not come in time or cannot be unpacked
 */
export async function readBody(
	stream: AsyncIterable<Uint8Array>,
	headers: Readonly<Record<string, string>>,
	patience: Patience,
): Promise<Body> {
	const limit = Number(headers['content-length']) > MAX_BODY_BYTES ? 0 : MAX_BODY_BYTES;
	patience.expectBody();
	const whole = collect(stream, limit, () => patience.expectMore());
	// A stream that waits for more cannot be destroyed, since n8n's library makes it by a generator.
	const bytes = await Promise.race([whole, patience.end]).catch((error: unknown) => {
		patience.giveUp(error);
		throw error;
	});
	patience.rest();
	return await decodeBody(bytes, headers['content-encoding'], undo);
}

function undo(coding: string, bytes: Buffer): Promise<Buffer> | undefined {
	const decoder = decoderOf(coding);
	if (!decoder) return undefined;
	const decoded: unknown = new Blob([bytes]).stream().pipeThrough(decoder);
	return collect(decoded as AsyncIterable<Uint8Array>, MAX_BODY_BYTES);
}

async function collect(
	stream: AsyncIterable<Uint8Array>,
	limit: number,
	onPart: () => void = () => undefined,
): Promise<Buffer> {
	const parts: Uint8Array[] = [];
	let length = 0;
	for await (const part of stream) {
		onPart();
		parts.push(part);
		length += part.length;
		// To leave the loop closes the stream.
		if (length > limit) throw new BodyTooLarge();
	}
	return Buffer.concat(parts);
}

function decoderOf(coding: string): DecompressionStream | undefined {
	const format = FORMATS.get(coding);
	try {
		return format === undefined ? undefined : new DecompressionStream(format as 'gzip');
	} catch {
		return undefined;
	}
}

/** Whether no byte would be replaced when the body is read as text. */
export function isUtf8(bytes: Buffer): boolean {
	try {
		new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return true;
	} catch {
		return false;
	}
}
