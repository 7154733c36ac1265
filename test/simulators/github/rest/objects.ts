import type { GitObject } from '../bare-repository';
import type { Repository } from '../repository';

/** Whether a text is an object's full name. */
export function isSha(text: string): boolean {
	return /^[0-9a-f]{40}$/.test(text);
}

/** The object of a full name; undefined for anything else. */
export async function readObject(
	{ git }: Repository,
	sha: unknown,
): Promise<GitObject | undefined> {
	return typeof sha === 'string' && isSha(sha) ? git.read(sha) : undefined;
}

/** GitHub's opaque name for a thing of some kind. */
export function nodeId(kind: string, name: string): string {
	return `${kind}_${Buffer.from(name).toString('base64url')}`;
}
