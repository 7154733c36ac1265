import { isKnownActivityType } from '../activity/catalogue/catalogue';
import { type Outcome, outcomeFieldNames, outcomeOf } from '../activity/outcome';
import type { Reading } from './reading';

/** What the words of known types say. There are only so many. */
const outcomesOfTypes = new Map<string, Outcome>();

/** The same as `outcomeOf`. Of most records, the type alone decides, so they need not be parsed. */
export function outcomeIn(record: Reading, type: string): Outcome {
	if (record.hasAny(outcomeFieldNames)) return outcomeOf(JSON.parse(record.json));
	const known = outcomesOfTypes.get(type);
	if (known !== undefined) return known;
	const outcome = outcomeOf({ type });
	if (isKnownActivityType(type)) outcomesOfTypes.set(type, outcome);
	return outcome;
}
