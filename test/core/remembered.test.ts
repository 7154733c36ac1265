import { expect, test } from '@jest/globals';
import { remembered } from '../../core/remembered';

/** A function that says which texts it was asked for. */
function watched() {
	const asked: string[] = [];
	const of = remembered((text) => {
		asked.push(text);
		return `${text}!`;
	});
	return { asked, of };
}

test('asks once for a text that recurs', () => {
	const { asked, of } = watched();
	expect(['one', 'two', 'one', '', ''].map(of)).toEqual(['one!', 'two!', 'one!', '!', '!']);
	expect(asked).toEqual(['one', 'two', '']);
});

test('remembers no long text', () => {
	const { asked, of } = watched();
	const text = 'x'.repeat(501);
	expect([of(text), of(text)]).toEqual([`${text}!`, `${text}!`]);
	expect(asked).toHaveLength(2);
});

test('forgets when there are too many', () => {
	const { asked, of } = watched();
	const texts = Array.from({ length: 5001 }, (_, index) => `text ${index}`);
	expect(texts.map(of)).toEqual(texts.map((text) => `${text}!`));
	expect(of('text 0')).toBe('text 0!');
	expect(of('text 5000')).toBe('text 5000!');
	expect(asked.slice(5001)).toEqual(['text 0']);
});
