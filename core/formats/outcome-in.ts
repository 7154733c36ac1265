import { type Outcome, outcomeFieldNames, outcomeOf, outcomeOfType } from '../activity/outcome';
import type { Reading } from './reading';

/** The same as `outcomeOf`. Of most records, the type alone decides. */
export function outcomeIn(record: Reading, type: string): Outcome {
	return record.hasAny(outcomeFieldNames)
		? outcomeOf({ ...record.values(outcomeFieldNames), type })
		: outcomeOfType(type);
}
