import { UserError, quote } from '../../core';
import { type RequestFailure, refusalOf } from './commit-refusal';
import type { Pace } from '../io/pace';
import type { WorkflowRun } from './workflow-run';

interface RepositoryPlace {
	readonly owner: string;
	readonly repository: string;
}

/** Where a run stores activities, and the tokens that may ask GitHub about it. */
interface Destinations {
	readonly allowPublicRepository: boolean;
	readonly artifact: boolean;
	readonly githubToken: string;
	readonly commit: ArchivePlace | undefined;
}

interface ArchivePlace {
	readonly repository: RepositoryPlace;
	readonly branch: string;
	readonly token: string;
}

/**
 * Makes sure that only members of a repository can read the activities that this run stores there: the
 * public and, for an internal repository, the whole enterprise must not.
 *
 * It asks GitHub, because an event's payload may be outdated or forged. An unknown visibility counts as
 * public.
 *
 * @throws UserError `invalid-setting`
 */
export async function requirePrivacy(
	{ allowPublicRepository, artifact, commit, githubToken }: Destinations,
	run: WorkflowRun,
	pace: Pace,
): Promise<void> {
	if (allowPublicRepository) return;
	if (artifact || commit) await requirePrivate(run, githubToken, pace);
	if (!commit) return;
	const { owner, repository } = commit.repository;
	const elsewhere = owner !== run.owner || repository !== run.repository;
	if (elsewhere) await requirePrivate(commit.repository, commit.token, pace, archiveRemedy(commit));
}

async function requirePrivate(
	{ owner, repository }: RepositoryPlace,
	token: string,
	pace: Pace,
	remedyOf: (failure: RequestFailure) => string = () => '',
): Promise<void> {
	const remedy =
		'Activities hold names, e-mail and IP addresses. Use a private repository, set artifact and commit to false, or set allow-public-repository to true if everyone who can read the repository may read them.';
	const place = `${owner}/${repository}`;
	if (token === '') throw tokenMissing(place);
	const refused = (summary: string) => new UserError('invalid-setting', summary, { remedy });
	const { githubApi } = await import('./rest-client');
	let facts: { private: boolean; visibility?: string };
	try {
		const { data } = await githubApi(token, pace).rest.repos.get({ owner, repo: repository });
		facts = data;
	} catch (error) {
		throw new UserError(
			'invalid-setting',
			`Could not determine whether the repository ${place} is private: ${quote((error as Error).message)}.`,
			{ remedy: `${remedyOf(error as RequestFailure)} ${remedy}`.trim() },
		);
	}
	if (!facts.private) {
		throw refused(`The repository ${place} is public, so everyone could read the activities.`);
	}
	if (facts.visibility === 'internal') {
		throw refused(
			`The repository ${place} is internal, so everyone in the enterprise could read the activities.`,
		);
	}
}

function tokenMissing(place: string): UserError {
	return new UserError(
		'invalid-setting',
		`No GitHub token was given, so the run cannot check whether the repository ${place} is private.`,
		{
			remedy:
				'Leave github-token out to use the token of the job, or pass a token that is not empty.',
		},
	);
}

/** How to make the archive's repository readable, so that its visibility can be checked. */
function archiveRemedy({ repository, branch }: ArchivePlace): (failure: RequestFailure) => string {
	const name = { owner: repository.owner, repository: repository.repository, branch };
	return (failure) => refusalOf(failure, name).remedy;
}
