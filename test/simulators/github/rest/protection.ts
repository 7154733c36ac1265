import type { Protection, Repository } from '../repository';
import { Refusal } from './answer';

const PULL_REQUEST = 'Changes must be made through a pull request.';

/** In what words each says no to a commit. */
const WORDS: Record<Protection, (ref: string) => string> = {
	'branch protection': () => PULL_REQUEST,
	'branch protection: who may push': (ref) =>
		`Protected branch update failed for ${ref}.\n\nYou're not authorized to push to this branch.`,
	ruleset: () => violation(PULL_REQUEST),
	'ruleset: no updates': () => violation('Cannot update this protected ref.'),
	'ruleset: signatures': () => violation('Commits must have verified signatures.'),
	'ruleset: status checks': () => violation('Required status check "build" is expected.'),
};

/** Throws if a branch is protected from what is to be done, in the words of what protects it. */
export function refuseProtected(
	repository: Repository,
	ref: string,
	act: 'create' | 'update' | 'update file',
): void {
	const protection = repository.protectedBranches.get(ref.replace(/^refs\/heads\//, ''));
	if (protection === undefined) return;
	const isRuleset = protection.startsWith('ruleset');
	if (act === 'create') {
		// Branch protection does not keep anyone from making the branch.
		if (!isRuleset) return;
		throw new Refusal(422, violation('Cannot create ref due to creations being restricted.'));
	}
	const words = WORDS[protection](ref);
	if (act === 'update') throw new Refusal(422, words);
	// Commits by the contents endpoint are the only ones that conflict.
	throw new Refusal(409, isRuleset ? words : `Could not update file: ${words}`);
}

function violation(rule: string): string {
	return `Repository rule violations found\n\n${rule}\n\n`;
}
