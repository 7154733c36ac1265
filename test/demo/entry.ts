import { quote } from '../../core';
import { table } from './terminal';

/** What action.yml runs, as seen from the repository's root, where npm starts scripts. */
export const ENTRY = 'dist/action/index.mjs';

/** Shows the Action's outputs. */
export function showOutputs(
	outputs: Record<string, string>,
	readable: (text: string) => string,
): void {
	table(
		Object.entries(outputs).map(([name, value]) => [
			name,
			quote(readable(value), Infinity) || '(empty)',
		]),
	);
}
