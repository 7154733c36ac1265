import { readDailyWindows } from './daily-windows';
import { runProgram } from './program';

await runProgram((surroundings, { since }) =>
	readDailyWindows({
		...surroundings,
		checkpoint: Date.parse(since),
		now: Date.now(),
		save: () => undefined,
	}),
);
