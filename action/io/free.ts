/**
 * Frees memory at once that nobody reads any more. Otherwise much of it would pile up until the garbage
 * collection.
 */
export function free({ buffer, byteLength }: Uint8Array): void {
	// Small buffers share their memory. Node.js has `transfer` from version 22 on.
	const own = buffer as ArrayBuffer & { transfer?: (length: number) => ArrayBuffer };
	if (own.byteLength === byteLength) own.transfer?.(0);
}
