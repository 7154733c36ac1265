import { expect, test } from '@jest/globals';
import { Progress } from '../../action/progress';
import type { Batch } from '../../core';

test('tells every ten seconds how far the run has come', () => {
	const lines: string[] = [];
	let second = 0;
	const now = () => second * 1000;
	const progress = new Progress(0, 30 * 60_000, now, (line) => lines.push(line));
	const batch = {
		activities: Array.from({ length: 5000 }),
		reached: Date.parse('2026-01-31T10:00:00Z'),
	} as unknown as Batch;
	while (second++ < 25) progress.add(batch);
	expect(lines).toEqual([
		'50,000 activities so far, reached 2026-01-31, 5,000 a second, 30 min left of the time limit',
		'100,000 activities so far, reached 2026-01-31, 5,000 a second, 30 min left of the time limit',
	]);
});
