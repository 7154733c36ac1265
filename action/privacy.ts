import { ComplianceError, quote } from '../core';
import { githubApi } from './github-api';
import type { WorkflowRun } from './workflow-run';

/**
 * Makes sure that nobody but the repository's members can read an artifact.
 *
 * GitHub is asked, since an event's payload may be old or made up. What is not known counts as public.
 *
 * @throws ComplianceError `invalid-setting`
 */
export async function requirePrivateRepository(run: WorkflowRun, token: string): Promise<void> {
	const remedy =
		'Artifacts hold names, e-mail and IP addresses. Use a private repository, set artifact to false, or set allow-public-repository to true if everyone may read them.';
	let isPrivate: boolean;
	try {
		const { data } = await githubApi(token).rest.repos.get({
			owner: run.owner,
			repo: run.repository,
		});
		isPrivate = data.private;
	} catch (error) {
		throw new ComplianceError(
			'invalid-setting',
			`GitHub does not tell whether this repository is private: ${quote((error as Error).message)}.`,
			{ remedy },
		);
	}
	if (!isPrivate) {
		throw new ComplianceError(
			'invalid-setting',
			'This repository is public, and so would be the artifact with the activities.',
			{ remedy },
		);
	}
}
