import { UserError, quote } from '../../core';

export interface BranchName {
	readonly owner: string;
	readonly repository: string;
	readonly branch: string;
}

/** What octokit throws, as far as it is of use here. */
export interface RequestFailure {
	/** 500 when no answer came. */
	readonly status?: number;
	readonly message: string;
	readonly request?: { readonly method: string };
	/** Whatever was sent with it. */
	readonly response?: { readonly data?: unknown } | undefined;
}

const BYPASS = 'let the App whose token is the commit-token bypass it';
/** By what a branch's rules say no, and what to do about it: the first that fits counts. */
const RULES: readonly (readonly [words: RegExp, remedy: string])[] = [
	[/through a pull request|approving review/i, `do not require pull requests, or ${BYPASS}`],
	[/status check/i, `do not require status checks, or ${BYPASS}`],
	[
		/verified signature/i,
		'allow unsigned commits, or use GITHUB_TOKEN or the token of an App: what these commit, GitHub signs',
	],
	[/creations being restricted/i, `allow creations, create the branch yourself, or ${BYPASS}`],
	[/deployment/i, `do not require deployments, or ${BYPASS}`],
	[/commit message/i, 'allow the messages that commit-message makes, or change that input'],
	[
		/not authorized to push|protected (branch|ref)|updates being restricted/i,
		`allow pushes, or ${BYPASS}`,
	],
];
const RULE = /rule violations|being restricted|branch is protected/i;

/** Whether it is the branch's rules that forbid what was asked: that will not pass by itself. */
export function isRuleViolation({ status, message }: RequestFailure): boolean {
	if (![403, 409, 422].includes(status ?? 0)) return false;
	return RULE.test(message) || RULES.some(([words]) => words.test(message));
}

/** Whether the repository has no commit yet, so that there is nothing to find in it. */
export function isEmptyRepository({ status, message }: RequestFailure): boolean {
	return status === 409 && /repository is empty/i.test(message);
}

/** Whether an object that the request names was not found. */
export function isUnknownObject({ status, message }: RequestFailure): boolean {
	return status === 404 || (status === 422 && /does not exist|is not a valid/i.test(message));
}

/** What to tell of a request that failed, and what to change for it to succeed. */
export function refusalOf(failure: RequestFailure, name: BranchName): UserError {
	const { status, message, request } = failure;
	const place = `${name.owner}/${name.repository}`;
	const said = quote(message);
	const isWrite = request !== undefined && request.method !== 'GET';
	if (/archived so is read-only/i.test(message)) {
		return new UserError(
			'invalid-setting',
			`The repository ${place} is archived, so nothing can be committed to it: ${said}.`,
			{ remedy: 'Unarchive it in its settings, or choose another commit-repository.' },
		);
	}
	if (isTooLarge(failure))
		return isWrite ? tooLargeToSend(place, said) : tooLargeToRead(place, said);
	if (isPushProtection(failure)) {
		return new UserError(
			'invalid-setting',
			`GitHub's push protection takes something in an activity for a secret, and keeps it out of ${place}: ${said}.`,
			{
				remedy:
					'Switch push protection off for the repository of the archive, under Advanced Security in its settings: an archive has to hold what happened as it was. The next run commits the same.',
			},
		);
	}
	if (isRuleViolation(failure)) {
		const [, change = BYPASS] = RULES.find(([words]) => words.test(message)) ?? [];
		return new UserError(
			'invalid-setting',
			`The branch ${name.branch} of ${place} is protected: ${said}.`,
			{
				remedy: `In the rules of that branch, under Rules or Branches in the settings of the repository, ${change}. Or choose another commit-branch.`,
			},
		);
	}
	if (status === 429 || /rate limit|abuse detection/i.test(message)) {
		return new UserError('rate-limited', `GitHub limits the rate of requests: ${said}.`, {
			remedy:
				'Nothing is lost: the next run commits the same. If it stays so, something else uses up the limit of this token.',
		});
	}
	if (status === 401) {
		return new UserError(
			'invalid-setting',
			`GitHub does not accept the token for ${place}: ${said}.`,
			{
				remedy:
					'It is wrong, revoked or expired: renew what commit-token holds, or, if a step of the workflow makes it, let that step come right before this one.',
			},
		);
	}
	if (isOrganizationPolicy(message)) {
		return new UserError(
			'invalid-setting',
			`The organization of ${place} does not let the token in: ${said}.`,
			{
				remedy:
					'Authorize the token for the organization’s single sign-on, and the runner’s address in its IP allow list; the token of an App needs no single sign-on.',
			},
		);
	}
	// To who may read but not write, GitHub says of some things that they are not there.
	if (status === 403 || (status === 404 && isWrite)) {
		return new UserError('invalid-setting', `The token may not commit to ${place}: ${said}.`, {
			remedy:
				'Add the permission "contents: write" to the job. For another repository, pass a token of a GitHub App or a fine-grained token with write access to its contents as commit-token.',
		});
	}
	if (status === 404) {
		return new UserError('invalid-setting', `The repository ${place} was not found.`, {
			remedy:
				'Check commit-repository; a private repository also looks like this to a token without access to it.',
		});
	}
	const what = isWrite ? 'did not take the commit' : 'did not show the archive';
	return new UserError('unavailable', `GitHub ${what}: ${said}.`, {
		remedy: 'Nothing is lost: the next run commits the same. Look at the status page of GitHub.',
	});
}

/** What to tell when GitHub will not have a branch point to a commit, though nobody else moved it. */
export function branchRefusal(failure: RequestFailure, name: BranchName): UserError {
	const { owner, repository, branch } = name;
	return new UserError(
		'invalid-setting',
		`GitHub refuses to set the branch ${branch} of ${owner}/${repository}: ${quote(failure.message)}.`,
		{
			remedy: `Nothing is lost. See which rulesets and branch protection apply to that branch, under Rules and Branches in the settings of the repository, and ${BYPASS}. Or choose another commit-branch.`,
		},
	);
}

/** What to tell when a branch cannot be made because of the name of another. */
export function nameConflict({ owner, repository, branch }: BranchName, other: string) {
	return new UserError(
		'invalid-setting',
		`The branch ${branch} of ${owner}/${repository} cannot be made beside the branch ${quote(other)}: git has no branch below another one.`,
		{ remedy: 'Choose another commit-branch, or rename that branch.' },
	);
}

/**
 * Whether something is larger than GitHub's API gives or takes. It gives a code for what it does not
 * give (403); of what it does not take (422, 413), words alone tell.
 */
function isTooLarge({ status, message, response }: RequestFailure): boolean {
	if (status === 413) return true;
	if (status !== 403 && status !== 422) return false;
	const { errors } = Object(response?.data) as { readonly errors?: unknown };
	const codes = Array.isArray(errors)
		? errors.map((each) => (Object(each) as { readonly code?: unknown }).code)
		: [];
	return codes.includes('too_large') || /input was too large|\btoo large to\b/i.test(message);
}

function tooLargeToRead(place: string, said: string): UserError {
	return new UserError(
		'invalid-setting',
		`A file of the archive in ${place} is larger than GitHub gives: ${said}.`,
		{
			remedy:
				'The Action writes none so large, so something else has changed it; this run has not. Verify the archive, and put the file back from the branch’s history.',
		},
	);
}

function tooLargeToSend(place: string, said: string): UserError {
	return new UserError(
		'invalid-setting',
		`What is to be committed to ${place} is larger than GitHub takes in one request: ${said}.`,
		{
			remedy:
				'Nothing is lost: the next run commits the same. GitHub itself takes some 40 MB, which only a long overlap or a huge activity goes beyond: choose a shorter overlap. A GitHub Enterprise Server or a proxy may take less: have its limit raised.',
		},
	);
}

/** Whether the content was refused. GitHub documents the status alone, so the words are a guess. */
function isPushProtection({ status, message }: RequestFailure): boolean {
	return (status === 409 || status === 422) && /secret/i.test(message);
}

/** What an organization demands of tokens, whatever they may do. */
function isOrganizationPolicy(message: string): boolean {
	return /SAML enforcement|IP allow list/i.test(message);
}
