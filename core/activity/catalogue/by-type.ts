/** More types than the API has, and few enough to keep: the feed may name any. */
const MAX_TYPES = 2000;
/** In UTF-16 units. No documented type is as long. */
const MAX_LENGTH = 100;

/** A function of an activity type that remembers what it returned: a feed has few types, and many records of each. */
export function byType<Value>(of: (type: string) => Value): (type: string) => Value {
	const values = new Map<string, Value>();
	return (type) => {
		if (values.has(type)) return values.get(type)!;
		const value = of(type);
		if (values.size < MAX_TYPES && type.length <= MAX_LENGTH) values.set(type, value);
		return value;
	};
}
