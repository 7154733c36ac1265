/**
 * Frees memory at once, of which nobody reads anything any more. Otherwise much of it would pile up
 * until the garbage collection.
 */
export function free({ buffer, byteLength }: Buffer): void {
	// Small buffers share their memory.
	if (byteLength < buffer.byteLength && buffer.byteLength <= Buffer.poolSize) return;
	// Node.js has `transfer` from version 22 on.
	const memory = buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
	memory.transfer?.(0);
}
