import {
	type Body,
	BodyTooLarge,
	decodeBody,
	type HttpResponse,
	MAX_BODY_BYTES,
	utf8Body,
} from '../../../core';

/** A body of which nothing more arrives is given up after so long, or up to twice as long. */
const SILENCE_MS = 15_000;

/** What `DecompressionStream` calls codings. It knows brotli only where n8n runs on a new Node. */
const FORMATS: ReadonlyMap<string, string> = new Map([
	['gzip', 'gzip'],
	['deflate', 'deflate'],
	['br', 'brotli'],
]);

/** How long an answer is waited for. */
export class AnswerTimer {
	readonly #controller = new AbortController();
	/** Aborted when the answer is waited for no longer. */
	readonly signal = this.#controller.signal;
	/** Rejects then. */
	readonly end: Promise<never>;
	#arrived = 0;
	#resting = false;

	/** @param ms how long all of the answer may take */
	constructor(ms: number) {
		const { signal } = this;
		this.end = new Promise((_, reject) => {
			signal.addEventListener('abort', () => reject(signal.reason as Error));
		});
		this.end.catch(() => undefined);
		after(ms, () => this.#giveUpOn('the end of the answer'));
	}

	/** Starts to wait for a body. n8n's own timeout ends when an answer begins. */
	expectBody(): void {
		const before = this.#arrived;
		after(SILENCE_MS, () => {
			if (this.#arrived > before) this.expectBody();
			else this.#giveUpOn('more of the answer');
		});
	}

	/**
	 * Waits for more, since a part has arrived.
	 *
	 * @throws Error where the answer was given up before, so that nobody reads on
	 */
	expectMore(): void {
		this.signal.throwIfAborted();
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

	#giveUpOn(what: string): void {
		if (!this.#resting) this.giveUp(new Error(`${what} did not arrive in time`));
	}
}

/**
 * Calls back after so long. The timeout is listened to itself: Node 20 collects one as garbage that only
 * another signal follows, and then it never strikes.
 */
function after(ms: number, callback: () => void): void {
	AbortSignal.timeout(ms).addEventListener('abort', callback);
}

/** An answer as n8n's requests give it, whose body is still to come. */
export interface BegunAnswer {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, unknown>>;
	readonly body: BodyStream;
}

/** A stream of Node; what n8n's library makes by a generator ends only when its next part arrives. */
type BodyStream = AsyncIterable<Uint8Array> & { readonly destroy?: () => void };

/**
 * Reads an answer to its end, as the core takes it.
 *
 * @param timer bounds the time of the request; it is aborted when the body stops arriving
 * @throws BodyTooLarge as soon as it is known to be; the connection is closed then
 * @throws Error when it breaks off, does not come in time, cannot be unpacked or would be altered
 */
export async function wholeAnswer(
	{ statusCode: status, headers: received, body: stream }: BegunAnswer,
	timer: AnswerTimer,
): Promise<HttpResponse> {
	const headers = Object.fromEntries(
		Object.entries(received).map(([name, value]) => [name.toLowerCase(), String(value)]),
	);
	const { bytes, unknownCoding } = await readBody(stream, headers, timer);
	return { status, headers, body: utf8Body(bytes, isUtf8(bytes), status), unknownCoding };
}

/**
 * Reads a body to its end. Of its codings, n8n has undone one that stands alone, and taken its name out
 * of the headers; what is named there still is undone here.
 *
 * @param stream as n8n gives it
 * @param headers by names in lower case
 * @param timer bounds the time of the request; it is aborted when the body stops arriving
 * @throws BodyTooLarge as soon as it is known to be; the connection is closed then
 * @throws Error when it breaks off, does not come in time or cannot be unpacked
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
	timer.rest();
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
function isUtf8(bytes: Buffer): boolean {
	try {
		new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return true;
	} catch {
		return false;
	}
}
