/**
 * The fingerprint of an id: 53 bits, so that it is a whole number.
 *
 * @param bytes hold the id between `start` and `end`, as UTF-8
 */
export type Fingerprint = (bytes: Uint8Array, start: number, end: number) => number;

const HIGH_BITS = 21;
const LOW = 2 ** 32;

/**
 * HalfSipHash-2-4 with an output of 64 bits, cut to 53. SHA-256 takes many times as long for a short text.
 * Nobody without the key can prepare different texts with the same fingerprint, which would keep verify
 * busy.
 *
 * @param key 8 bytes
 */
export function keyedFingerprint(key: Buffer): Fingerprint {
	const k0 = key.readInt32LE(0);
	const k1 = key.readInt32LE(4);
	return (bytes, start, end) => {
		let v0 = k0;
		let v1 = k1 ^ 0xee;
		let v2 = k0 ^ 0x6c796765;
		let v3 = k1 ^ 0x74656462;
		let at = start;
		let low = 0;
		// A step for each word, the last of which holds the length, and one for each half of the output.
		for (let step = (end - start) >> 2; step >= -2; step--) {
			let word = 0;
			if (step > 0) {
				word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
				at += 4;
			} else if (step === 0) {
				word = (end - start) << 24;
				for (let shift = 0; at < end; shift += 8) word |= bytes[at++]! << shift;
			} else if (step === -1) {
				v2 ^= 0xee;
			} else {
				low = v1 ^ v3;
				v1 ^= 0xdd;
			}
			v3 ^= word;
			for (let rounds = step >= 0 ? 2 : 4; rounds > 0; rounds--) {
				v0 = (v0 + v1) | 0;
				v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
				v0 = (v0 << 16) | (v0 >>> 16);
				v2 = (v2 + v3) | 0;
				v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
				v0 = (v0 + v3) | 0;
				v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
				v2 = (v2 + v1) | 0;
				v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
				v2 = (v2 << 16) | (v2 >>> 16);
			}
			v0 ^= word;
		}
		return ((v1 ^ v3) >>> (32 - HIGH_BITS)) * LOW + (low >>> 0);
	};
}
