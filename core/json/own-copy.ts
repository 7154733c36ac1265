/**
 * A copy of a text that is in one piece and keeps nothing else alive. A text that was cut out of another
 * one keeps all of it; one that was put together takes longer to write.
 */
export function ownCopy(text: string): string {
	return JSON.parse(JSON.stringify(text)) as string;
}
