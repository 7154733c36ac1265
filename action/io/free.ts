/**
 * Frees the memory of a buffer that nobody reads any more. Otherwise much memory would pile up until the
 * garbage collection.
 */
export function free({ buffer, byteLength }: Buffer): void {
	// Small buffers share their memory.
	if (byteLength < buffer.byteLength && buffer.byteLength <= Buffer.poolSize) return;
	// Node.js has `transfer` from version 22 on.
	const memory = buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
	memory.transfer?.(0);
}
