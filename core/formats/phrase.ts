/** What an activity does to its subject. `other` is everything that none of these words says. */
export type Verb =
	| 'activate'
	| 'archive'
	| 'create'
	| 'deactivate'
	| 'delete'
	| 'disable'
	| 'enable'
	| 'enroll'
	| 'export'
	| 'other'
	| 'read'
	| 'resume'
	| 'revoke'
	| 'search'
	| 'share'
	| 'suspend'
	| 'update';

/** The words of a type: what it is about, and what happens to that. */
export interface Phrase {
	readonly subject: readonly string[];
	readonly verb: Verb;
}

const endings = new Map<string, Verb>(
	(
		[
			['activate', 'activated'],
			['archive', 'archived'],
			['create', 'added claimed created duplicated generated minted recorded uploaded'],
			['create', 'addition_failed'],
			['deactivate', 'deactivated'],
			['delete', 'deleted deletion_failed removal_failed removed'],
			['disable', 'disabled'],
			['enable', 'enabled'],
			['enroll', 'enrolled'],
			['export', 'exported'],
			['read', 'access access_failed accessed downloaded listed revealed viewed'],
			['resume', 'resumed unpaused'],
			['revoke', 'revoked'],
			['search', 'search_performed'],
			['share', 'published'],
			['suspend', 'paused'],
			['update', 'changed configured regenerated replaced restored rotated set toggled updated'],
		] as const
	).flatMap(([verb, words]) => words.split(' ').map((word) => [word, verb] as const)),
);

/** Reads an activity type as words: of `claude_chat_deletion_failed`, the subject is `claude_chat`. */
export function phraseOf(type: string): Phrase {
	const words = type.split('_');
	for (const length of [2, 1]) {
		const verb = endings.get(words.slice(-length).join('_'));
		if (verb !== undefined && words.length > length) {
			return { subject: words.slice(0, -length), verb };
		}
	}
	return { subject: words.slice(0, -1), verb: 'other' };
}
