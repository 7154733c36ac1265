import { isIP } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isIpAddress } from '../../../core/formats/ip-address';

const parts = fc.constantFrom(
	':',
	'::',
	'.',
	'0',
	'1',
	'255',
	'256',
	'01',
	'ffff',
	'fffff',
	'G',
	'1.2.3.4',
	'%1',
);
const text = fc.oneof(
	fc.ipV4(),
	fc.ipV6(),
	fc.array(parts, { maxLength: 16 }).map((all) => all.join('')),
);

test('knows IP addresses as Node does, but for those with a zone', () => {
	fc.assert(
		fc.property(text, (address) => {
			expect(isIpAddress(address)).toBe(isIP(address) !== 0 && !address.includes('%'));
		}),
		{ numRuns: 5000 },
	);
});

test.each([
	'',
	'1:2:3:4:5:6:7',
	'1:2:3:4:5:6:7:8:9',
	'1::2::3',
	':::',
	'1:2:3:4:5:6:7::8',
	'::1.2.3',
	'a',
	'1.2.3.4:',
])('knows that %j is none', (address) => {
	expect(isIpAddress(address)).toBe(false);
});
