import type { Repository } from '../repository';
import { Refusal } from './answer';
import type { Call } from './route';

/** What each says of an object that it does not know. */
const WORDS: [path: RegExp, words: string][] = [
	[/\/git\/trees$/, 'tree.sha is not a valid blob'],
	[/\/git\/commits$/, 'Tree SHA does not exist'],
	[/\/git\/refs/, 'Object does not exist'],
];

/** By repository: how many more requests do not see an object that was just made. */
const unseen = new WeakMap<Repository, Map<string, number>>();

/** Throws when a request names an object that has not got around yet. */
export function requireKnown({ repository, url, body }: Call): void {
	const objects = unseen.get(repository);
	if (!objects) return;
	const asked = `${url.pathname} ${JSON.stringify(body)}`;
	for (const [sha, times] of objects) {
		if (times === 0 || !asked.includes(sha)) continue;
		objects.set(sha, times - 1);
		const [, words] = WORDS.find(([path]) => path.test(url.pathname)) ?? [];
		throw words === undefined ? new Refusal(404, 'Not Found') : new Refusal(422, words);
	}
}

/** Takes note of an object that was just made. */
export function made(repository: Repository, body: unknown): void {
	const { sha } = Object(body) as { sha?: unknown };
	if (repository.lag === 0 || typeof sha !== 'string') return;
	const objects = unseen.get(repository) ?? new Map<string, number>();
	unseen.set(repository, objects.set(sha, repository.lag));
}
