import {
	type Body,
	BodyTooLarge,
	decodeBody,
	type HttpResponse,
	MAX_BODY_BYTES,
	utf8Body,
} from '../../../core';

/** When no part of a body arrives for this long, the node gives up on it; at the latest after twice as long. */
const SILENCE_MS = 15_000;

/** Codings, by `DecompressionStream`'s names. It supports brotli only in recent versions of Node. */
const FORMATS: ReadonlyMap<string, string> = new Map([
	['gzip', 'gzip'],
	['deflate', 'deflate'],
	['br', 'brotli'],
]);

/** Limits how long the node waits for an answer. */
export class AnswerTimer {
	readonly #controller = new AbortController();
	/** Aborts when the node gives up on the answer. */
	readonly signal = this.#controller.signal;
	/** Rejects when the node gives up on the answer. */
	readonly end: Promise<never>;
	#arrived = 0;
	#stopped = false;

	/** @param ms how long the whole answer may take */
	constructor(ms: number) {
		const { signal } = this;
		this.end = new Promise((_, reject) => {
			signal.addEventListener('abort', () => reject(signal.reason as Error));
		});
		this.end.catch(() => undefined);
		after(ms, () => this.#giveUpOn('the end of the answer'));
	}

	/** Limits the wait for a body: n8n's own timeout ends when the answer begins. */
	expectBody(): void {
		const before = this.#arrived;
		after(SILENCE_MS, () => {
			if (this.#arrived > before) this.expectBody();
			else this.#giveUpOn('more of the answer');
		});
	}

	/**
	 * Notes that a part has arrived.
	 *
	 * @throws Error if the node gave up on the answer before, so that reading stops
	 */
	expectMore(): void {
		this.signal.throwIfAborted();
		this.#arrived++;
	}

	/** Gives up on the answer. This closes the connection, except in Get Many: there n8n uses its own signal. */
	giveUp(reason: unknown): void {
		this.stop();
		this.#controller.abort(reason);
	}

	/** Ends all limits. */
	stop(): void {
		this.#stopped = true;
	}

	#giveUpOn(what: string): void {
		if (!this.#stopped) this.giveUp(new Error(`${what} did not arrive in time`));
	}
}

/**
 * Calls back after `ms` milliseconds. It listens to the timeout signal itself: Node 20 collects a timeout
 * signal as garbage if only other signals depend on it, and then it never fires.
 */
function after(ms: number, callback: () => void): void {
	AbortSignal.timeout(ms).addEventListener('abort', callback);
}

/** An answer from n8n's HTTP client, with its body as a stream. */
export interface StreamedAnswer {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly body: BodyStream;
}

/**
 * A stream of Node. n8n's library may make it from a generator; such a stream closes only when its next
 * part arrives.
 */
type BodyStream = AsyncIterable<Uint8Array> & { readonly destroy?: () => void };

/**
 * Reads an answer to its end.
 *
 * @param timer limits the time of the request; it aborts when the body stops arriving
 * @throws BodyTooLarge as soon as its size is known; the connection is then closed
 * @throws Error when the body breaks off, is late, cannot be decompressed, or is not UTF-8
 */
export async function wholeAnswer(
	{ statusCode: status, headers: received, body: stream }: StreamedAnswer,
	timer: AnswerTimer,
): Promise<HttpResponse> {
	const headers = Object.fromEntries(
		Object.entries(received).map(([name, value]) => [name.toLowerCase(), String(value)]),
	);
	const { bytes, unknownCoding } = await readBody(stream, headers, timer);
	return { status, headers, body: utf8Body(bytes, isUtf8(bytes), status), unknownCoding };
}

/**
 * Reads a body to its end and decompresses it. If the body has a single coding, n8n may already have
 * decompressed it and removed the header; this function handles the codings that the header still names.
 *
 * @param stream from n8n's HTTP client
 * @param headers with names in lower case
 * @param timer limits the time of the request; it aborts when the body stops arriving
 * @throws BodyTooLarge as soon as its size is known; the connection is then closed
 * @throws Error when the body breaks off, is late or cannot be decompressed
 */
export async function readBody(
	stream: BodyStream,
	headers: Readonly<Record<string, string>>,
	timer: AnswerTimer,
): Promise<Body> {
	const limit = Number(headers['content-length']) > MAX_BODY_BYTES ? 0 : MAX_BODY_BYTES;
	timer.expectBody();
	const whole = collect(stream, limit, () => timer.expectMore());
	const bytes = await Promise.race([whole, timer.end]).catch((error: unknown) => {
		timer.giveUp(error);
		stream.destroy?.();
		throw error;
	});
	timer.stop();
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
		// Leaving the loop closes the stream.
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

/** Whether decoding the body as text replaces no byte. */
function isUtf8(bytes: Buffer): boolean {
	try {
		new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return true;
	} catch {
		return false;
	}
}
