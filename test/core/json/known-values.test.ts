import { expect, test } from '@jest/globals';
import { KnownValues } from '../../../core/json/known-values';
import { viewed } from '../../../core/json/views';

/** Values that say which texts were read. */
function watched() {
	const read: string[] = [];
	const values = new KnownValues((json) => {
		read.push(json);
		return `${json}!`;
	});
	const at = (text: string) => {
		const bytes = Buffer.from(`before${text}behind`);
		return values.at(viewed(bytes), 6, bytes.length - 6);
	};
	return { read, at };
}

test('reads a text that recurs once', () => {
	const { read, at } = watched();
	expect(['one', 'zoë', 'one', '', '', 'zoë'].map(at)).toEqual([
		'one!',
		'zoë!',
		'one!',
		'!',
		'!',
		'zoë!',
	]);
	expect(read).toEqual(['one', 'zoë', '']);
});

test('distinguishes texts that differ in any byte', () => {
	const { at } = watched();
	const text = 'abcdefgh';
	for (let index = 0; index < text.length; index++) {
		const other = `${text.slice(0, index)}X${text.slice(index + 1)}`;
		expect([at(text), at(other)]).toEqual([`${text}!`, `${other}!`]);
	}
});

test('keeps no long text', () => {
	const { read, at } = watched();
	const text = 'x'.repeat(501);
	expect([at(text), at(text)]).toEqual([`${text}!`, `${text}!`]);
	expect(read).toHaveLength(2);
});

test('forgets when there are too many', () => {
	const { read, at } = watched();
	const texts = Array.from({ length: 5001 }, (_, index) => `text ${index}`);
	expect(texts.map(at)).toEqual(texts.map((text) => `${text}!`));
	expect([at('text 5000'), at('text 0')]).toEqual(['text 5000!', 'text 0!']);
	expect(read.slice(5001)).toContain('text 0');
});
