import { describe, expect, test } from '@jest/globals';
import { compareReaders } from './comparison';

const COUNT = 3000;

describe('the pages of `npm run pages`', () => {
	const { differences, outcomes } = compareReaders(1, COUNT);

	test('are read as JSON.parse reads them', () => expect(differences).toEqual([]));

	test('are whole, broken, and no pages at all', () => {
		for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(COUNT / 20);
	});
});
