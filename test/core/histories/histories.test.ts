import { describe, expect, test } from '@jest/globals';
import { drawHistory, type KindChoice } from './history';
import { judge, type Verdict } from './judge';
import { KINDS } from './kinds';
import { FAULTS } from './tally';

const ALL_MIXED = 300;
const OF_EACH_KIND = 10;

/** The histories with faults. `npm run histories -- --seed … --count 1` prints each of them in full. */
async function faulty(count: number, choice: KindChoice): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (let seed = 1; seed <= count; seed++) {
		const verdict = await judge(drawHistory(seed, choice));
		if (FAULTS.some((fault) => verdict[fault].length > 0)) verdicts.push(verdict);
	}
	return verdicts;
}

describe('the whole history of the feed is delivered, each activity once', () => {
	test('when nothing is odd', async () => {
		expect(await faulty(OF_EACH_KIND, { only: [] })).toEqual([]);
	});

	test.each(KINDS)('with %s', async (kind) => {
		expect(await faulty(OF_EACH_KIND, { only: [kind] })).toEqual([]);
	});

	test('with an unreadable record behind the border between sections that are read in parallel', async () => {
		expect((await judge(drawHistory(9816, {}))).repeated).toEqual([]);
	});

	test('with all kinds of oddities mixed', async () => {
		expect(await faulty(ALL_MIXED, {})).toEqual([]);
	});
});
