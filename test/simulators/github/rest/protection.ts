import type { Repository } from '../repository';
import { Refusal } from './answer';

const RULE = 'Changes must be made through a pull request.';

/** Throws if a branch is protected from what is to be done, in the words of what protects it. */
export function refuseProtected(
	repository: Repository,
	ref: string,
	act: 'create' | 'update' | 'update file',
): void {
	const protection = repository.protectedBranches.get(ref.replace(/^refs\/heads\//, ''));
	if (protection === undefined) return;
	// Commits by the contents endpoint are the only ones that conflict.
	const status = act === 'update file' ? 409 : 422;
	if (protection === 'ruleset') {
		const rule = act === 'create' ? 'Cannot create ref due to creations being restricted.' : RULE;
		throw new Refusal(status, `Repository rule violations found\n\n${rule}\n\n`);
	}
	// Branch protection does not keep anyone from making the branch.
	if (act === 'create') return;
	throw new Refusal(status, act === 'update' ? RULE : `Could not update file: ${RULE}`);
}
