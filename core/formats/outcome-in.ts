import { type Outcome, outcomeFieldNames, outcomeOf } from '../activity/outcome';
import type { Reading } from './reading';

/** The same as `outcomeOf`. Of most records, the type alone decides, so they need not be parsed. */
export function outcomeIn(record: Reading, type: string): Outcome {
	return outcomeOf(record.hasAny(outcomeFieldNames) ? JSON.parse(record.json) : { type });
}
