import { drawHistory, type KindChoice } from './history';
import { judge, type Verdict } from './judge';

/** The histories to play: their number, and the first seed. */
export interface Task {
	readonly seed: number;
	readonly count: number;
	readonly choice: KindChoice;
}

/** Plays a task's histories. */
export async function play({ seed, count, choice }: Task): Promise<Verdict[]> {
	const verdicts: Verdict[] = [];
	for (let next = seed; next < seed + count; next++) {
		verdicts.push(await judge(drawHistory(next, choice)));
	}
	return verdicts;
}

process.on('message', (task: Task) => {
	void play(task).then((verdicts) => process.send?.(verdicts));
});
