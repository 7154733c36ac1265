import { expect, test } from '@jest/globals';
import { Lines } from '../../../core/formats/lines';

const MIB = 1024 * 1024;

test('use the same memory again, unless it is much', () => {
	const lines = new Lines();
	lines.begin(MIB);
	const { bytes } = lines;
	lines.begin(1);
	expect(lines.bytes).toBe(bytes);
	lines.begin(50 * MIB);
	lines.begin(1);
	expect(lines.bytes.length).toBe(1);
});

test('keep what is written when they need more room', () => {
	const lines = new Lines();
	lines.begin(4);
	lines.bytes.write('abcd');
	lines.makeRoom(100, 3);
	expect(lines.bytes.toString('utf8', 0, 3)).toBe('abc');
	expect(lines.bytes.length).toBeGreaterThanOrEqual(103);
});
