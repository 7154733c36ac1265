import { UserError, quote } from '../../core';

export interface BranchName {
	readonly owner: string;
	readonly repository: string;
	readonly branch: string;
}

/** The part of octokit's errors that is used here. */
export interface RequestFailure {
	/** 500 when no answer came. */
	readonly status?: number;
	readonly message: string;
	readonly request?: { readonly method: string };
	/** `data` is the body of the answer. */
	readonly response?: { readonly data?: unknown } | undefined;
}

const BYPASS = 'let the App whose token is the commit-token bypass it';
/** The words with which GitHub reports a branch rule, and the remedy. The first match counts. */
const RULES: readonly (readonly [words: RegExp, remedy: string])[] = [
	[/through a pull request|approving review/i, `do not require pull requests, or ${BYPASS}`],
	[/status check/i, `do not require status checks, or ${BYPASS}`],
	[
		/verified signature/i,
		'allow unsigned commits, or use GITHUB_TOKEN or the token of an App: GitHub signs their commits',
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

/** Whether the branch's rules forbid the request. Trying again does not help then. */
export function isRuleViolation({ status, message }: RequestFailure): boolean {
	if (![403, 409, 422].includes(status ?? 0)) return false;
	return RULE.test(message) || RULES.some(([words]) => words.test(message));
}

/** Whether the repository has no commit yet. */
export function isEmptyRepository({ status, message }: RequestFailure): boolean {
	return status === 409 && /repository is empty/i.test(message);
}

/** Whether GitHub did not find an object that the request names. */
export function isUnknownObject({ status, message }: RequestFailure): boolean {
	return status === 404 || (status === 422 && /does not exist|is not a valid/i.test(message));
}

/** The error for a request that failed: what happened, and what to change. */
export function refusalOf(failure: RequestFailure, name: BranchName): UserError {
	const { status, message, request } = failure;
	const place = `${name.owner}/${name.repository}`;
	const said = quote(message);
	const isWrite = request !== undefined && request.method !== 'GET';
	if (/archived so is read-only/i.test(message)) {
		return new UserError(
			'invalid-setting',
			`The repository ${place} is archived, so the run cannot commit to it: ${said}.`,
			{ remedy: 'Unarchive it in its settings, or choose another commit-repository.' },
		);
	}
	if (isTooLarge(failure))
		return isWrite ? tooLargeToSend(place, said) : tooLargeToRead(place, said);
	if (isPushProtection(failure)) {
		return new UserError(
			'invalid-setting',
			`GitHub's push protection takes part of an activity for a secret, and blocks the commit to ${place}: ${said}.`,
			{
				remedy:
					'Switch push protection off for the repository of the archive, under Advanced Security in its settings: an archive has to hold activities unchanged. The next run commits the same activities.',
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
				'Nothing is lost: the next run commits the same activities. If it happens again, find out what else uses up the limit of this token.',
		});
	}
	if (status === 401) {
		return new UserError(
			'invalid-setting',
			`GitHub does not accept the token for ${place}: ${said}.`,
			{
				remedy:
					'The token is wrong, revoked or expired: renew the one in commit-token. If a step of the workflow creates it, run that step right before this one.',
			},
		);
	}
	if (isOrganizationPolicy(message)) {
		return new UserError(
			'invalid-setting',
			`The organization of ${place} does not let the token in: ${said}.`,
			{
				remedy:
					'Authorize the token for the organization’s single sign-on, and add the runner’s address to its IP allow list. The token of an App needs no single sign-on.',
			},
		);
	}
	// Without the permission to write, GitHub answers some requests with 404.
	if (status === 403 || (status === 404 && isWrite)) {
		return new UserError('invalid-setting', `The token may not commit to ${place}: ${said}.`, {
			remedy:
				'Add the permission "contents: write" to the job. For another repository, pass a token of a GitHub App or a fine-grained token with write access to its contents as commit-token.',
		});
	}
	if (status === 404) {
		return new UserError('invalid-setting', `The repository ${place} was not found.`, {
			remedy:
				'Check commit-repository, and that the token reaches it: GitHub gives the same answer for a private repository without access.',
		});
	}
	const what = isWrite ? 'did not accept the commit' : 'did not return the archive';
	return new UserError('unavailable', `GitHub ${what}: ${said}.`, {
		remedy:
			'Nothing is lost: the next run commits the same activities. Check the status page of GitHub.',
	});
}

/** The error when GitHub refuses to move a branch to a commit although nobody else moved it. */
export function branchRefusal(failure: RequestFailure, name: BranchName): UserError {
	const { owner, repository, branch } = name;
	return new UserError(
		'invalid-setting',
		`GitHub refuses to set the branch ${branch} of ${owner}/${repository}: ${quote(failure.message)}.`,
		{
			remedy: `Nothing is lost. Check which rulesets and branch protection apply to that branch, under Rules and Branches in the settings of the repository, and ${BYPASS}. Or choose another commit-branch.`,
		},
	);
}

/** The error when a branch cannot be created because of another branch's name. */
export function nameConflict({ owner, repository, branch }: BranchName, other: string) {
	return new UserError(
		'invalid-setting',
		`The branch ${branch} of ${owner}/${repository} cannot be created beside the branch ${quote(other)}: git allows no branch below another one.`,
		{ remedy: 'Choose another commit-branch, or rename that branch.' },
	);
}

/**
 * Whether something is larger than GitHub's API returns or accepts. When it does not return something
 * (403), it gives a code. When it does not accept something (422, 413), it gives only words.
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
		`A file of the archive in ${place} is larger than GitHub's API returns: ${said}.`,
		{
			remedy:
				'The Action writes no file of that size, so something else changed it. Verify the archive, and restore the file from the branch’s history.',
		},
	);
}

function tooLargeToSend(place: string, said: string): UserError {
	return new UserError(
		'invalid-setting',
		`The commit to ${place} is larger than GitHub accepts in one request: ${said}.`,
		{
			remedy:
				'Nothing is lost: the next run commits the same activities. Choose a shorter overlap: GitHub accepts about 40 MB, and only a long overlap or a huge activity exceeds that. A GitHub Enterprise Server or a proxy may accept less: raise its limit.',
		},
	);
}

/** Whether push protection refused the content. GitHub documents only the status, so the words are a guess. */
function isPushProtection({ status, message }: RequestFailure): boolean {
	return (status === 409 || status === 422) && /secret/i.test(message);
}

/** Whether an organization's rules for tokens refused the request, whatever the token's permissions. */
function isOrganizationPolicy(message: string): boolean {
	return /SAML enforcement|IP allow list/i.test(message);
}
