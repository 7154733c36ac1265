import { ownCopy } from './json/own-copy';

/** More than the types of the API, and than the people who are at work at a time. */
const MOST = 5000;
/** In UTF-16 units. Types are much shorter, and few actors are longer. */
const LONGEST = 500;

/**
 * A function of a text that remembers what it returned. It is for texts that recur, such as types and
 * actors. The feed may send any, so what it remembers is bounded.
 */
export function remembered<Value extends NonNullable<unknown>>(
	of: (text: string) => Value,
): (text: string) => Value {
	const values = new Map<string, Value>();
	return (text) => {
		const known = values.get(text);
		if (known !== undefined) return known;
		if (text.length > LONGEST) return of(text);
		// What is cut out of a record would keep all of the record.
		const own = ownCopy(text);
		const value = of(own);
		if (values.size === MOST) values.clear();
		values.set(own, value);
		return value;
	};
}
