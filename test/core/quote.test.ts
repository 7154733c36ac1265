import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quote } from '../../core';

/** Texts, mostly with things that a log must not show. Some are harmful only beside others. */
const text = fc
	.array(
		fc.oneof(
			fc.string({ unit: 'binary' }),
			fc.constantFrom(
				'sk-ant-',
				'api01-Ab_9',
				'admin01-',
				'…',
				'##[',
				'#',
				'[',
				'\ud83d',
				'\udca9',
				'👩🏽‍💻',
				'❤️',
			),
			fc.constantFrom(...'\0\t\n\r\u001b\u007f\u009b\u00ad\u2028\u2029 '),
			fc.constantFrom(
				...'\u061c\u200b\u200d\u200e\u202a\u202e\u2060\u2066\u2069\u3164\ufeff\ufff9',
			),
			fc.constantFrom('\u{e0001}', '\u{e0041}', '\u{e01ef}'),
		),
		{ maxLength: 20 },
	)
	.map((parts) => parts.join(''));

test('any text becomes one line without a key, and every character stays visible', () => {
	fc.assert(
		fc.property(text, fc.integer({ min: 1, max: 300 }), (given, maxLength) => {
			const quoted = quote(given, maxLength);
			expect(quoted).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
			// The only invisible characters left are those that say how the previous character is drawn.
			expect(quoted.replace(/[\ufe00-\ufe0f]/g, '')).not.toMatch(
				/\p{Default_Ignorable_Code_Point}/u,
			);
			expect(quoted).not.toMatch(/sk-ant-(?!(?:api|admin)01-…)[\w\\-]|##\[/);
			expect(quoted.length).toBeLessThanOrEqual(maxLength + 1);
			expect(quote(quoted, maxLength)).toBe(quoted);
		}),
		{ numRuns: 1000 },
	);
});

describe('a character that reorders or hides text', () => {
	test.each([
		['evil\u202etxt.exe', 'evil\\u202etxt.exe'],
		['a\u2066b\u2069\u061c', 'a\\u2066b\\u2069\\u061c'],
		['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
		['soft\u00adhyphen', 'soft\\u00adhyphen'],
		['line\u2028and\u2029paragraph', 'line\\u2028and\\u2029paragraph'],
		['lone \ud83d surrogate', 'lone \\ud83d surrogate'],
		['tag \u{e0041}', 'tag \\u{e0041}'],
		['\u001b[31mred\u001b[0m', '[31mred [0m'],
		['two\r\nlines', 'two lines'],
		['Größe 日本語 مشروع ❤️ 👍🏽', 'Größe 日本語 مشروع ❤️ 👍🏽'],
	])('%j becomes %j', (given, shown) => expect(quote(given)).toBe(shown));
});

test('a whole key is hidden, even with an invisible character in it', () => {
	for (const hidden of ['\u200b', '\u{e0041}', '\ufe0f', '\u00ad', '\u202e\u2066']) {
		const key = 'sk-ant-api01-Ab_9-z';
		for (let at = 1; at < key.length; at++) {
			const shown = quote(`x ${key.slice(0, at)}${hidden}${key.slice(at)}!`);
			expect(shown).toBe('x sk-ant-***!');
		}
	}
	expect(quote('SK-ANT-api01-Ab_9!')).toBe('sk-ant-***!');
});

test.each(['api01', 'admin01', 'api03'])(
	'the beginning sk-ant-%s- of keys may be shown',
	(kind) => {
		expect(quote(`Not one of these (sk-ant-${kind}-…).`)).toBe(
			`Not one of these (sk-ant-${kind}-…).`,
		);
		expect(quote(`sk-ant-${kind}-A…`)).toBe('sk-ant-***…');
		expect(quote(`sk-ant-${kind}-\u200b…`)).toBe('sk-ant-***…');
		expect(quote(`sk-ant-${kind}-…Ab_9`)).toBe('sk-ant-***…Ab_9');
		expect(quote(`sk-ant-${kind}-…`, 10)).toBe('…');
	},
);

test('no character is cut in half', () => {
	expect(quote('👍👍', 3)).toBe('👍…');
	expect(quote('👍👍', 4)).toBe('👍👍');
});
