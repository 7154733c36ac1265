/**
 * Whether words of an activity type begin with one of the phrases: `export` fits `org_members_exported`,
 * and `key` does not fit `monkey_rolled`.
 */
export function hasPhrase(type: string, phrases: readonly string[]): boolean {
	const words = `_${type}`;
	return phrases.some((phrase) => words.includes(`_${phrase}`));
}
