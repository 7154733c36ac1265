import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../../../action/github/commit-refusal';

const NAME = { owner: 'acme', repository: 'archive', branch: 'audit-log' };

const tell = (status: number, message: string, method = 'PATCH') =>
	refusalOf({ status, message, request: { method } }, NAME).message;

const PROTECTED = 'The branch audit-log of acme/archive is protected';
const FORBIDDEN = 'The token may not commit to acme/archive';
const violation = (rule: string) => `Repository rule violations found\n\n${rule}\n\n`;

describe('what GitHub says', () => {
	it.each([
		[409, violation('Secret detected in content'), 'POST'],
		[422, 'Secret detected in content', 'POST'],
	])('%d "%s" is about its push protection', (status, message, method) => {
		expect(tell(status, message, method)).toContain('Switch push protection off');
	});

	it.each([
		[
			422,
			'Changes must be made through a pull request.',
			PROTECTED,
			'do not require pull requests',
		],
		[422, violation('Cannot update this protected ref.'), PROTECTED, 'allow pushes'],
		[422, 'Protected branch update failed for refs/heads/audit-log.', PROTECTED, 'allow pushes'],
		[403, "You're not authorized to push to this branch.", PROTECTED, 'allow pushes'],
		[
			422,
			violation('Commits must have verified signatures.'),
			PROTECTED,
			'GITHUB_TOKEN or the token of an App',
		],
		[
			422,
			violation('Required status check "build" is expected.'),
			PROTECTED,
			'do not require status checks',
		],
		[
			422,
			violation('Cannot create ref due to creations being restricted.'),
			PROTECTED,
			'allow creations',
		],
		[
			422,
			violation('Commit message must match a given regex pattern: ^[A-Z]+-\\d+'),
			PROTECTED,
			'change that input',
		],
		[422, violation('Something new.'), PROTECTED, 'bypass'],
		[403, 'Repository was archived so is read-only.', 'is archived', 'Unarchive it'],
		[403, 'Resource not accessible by integration', FORBIDDEN, '"contents: write" to the job'],
		[404, 'Not Found', FORBIDDEN, '"contents: write" to the job'],
		[401, 'Bad credentials', 'does not accept the token', 'revoked or expired'],
		[
			403,
			'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.',
			'organization of acme/archive does not let the token in',
			'single sign-on',
		],
		[
			403,
			'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.',
			'organization of acme/archive does not let the token in',
			'IP allow list',
		],
		[403, 'You have exceeded a secondary rate limit.', 'limits the rate', 'the next run'],
		[403, 'You have triggered an abuse detection mechanism.', 'limits the rate', 'the next run'],
		[429, 'Too many requests', 'limits the rate', 'the next run'],
		[502, 'Server Error', 'GitHub did not accept the commit: Server Error', 'status page'],
	])('with %i %j leads to what can be done', (status, message, what, remedy) => {
		expect(tell(status, message)).toContain(what);
		expect(tell(status, message)).toContain(remedy);
	});

	describe('of something too large', () => {
		const code = { errors: [{ resource: 'Blob', field: 'data', code: 'too_large' }] };
		const input =
			'Sorry, your input was too large to process. Consider creating the blob in a local clone of the repository and then pushing it to GitHub.';

		it.each([
			[403, 'The requested blob is larger than this API returns.', 'GET', code],
			[403, 'The requested blob is too large to fetch via the API.', 'GET', undefined],
			[422, input, 'POST', undefined],
			[422, 'Validation Failed', 'POST', code],
			[413, 'Request Entity Too Large', 'POST', undefined],
		])(
			'with %i %j, that is said, and not that a permission is missing',
			(status, message, method, data) => {
				const request = { method };
				const told = refusalOf({ status, message, request, response: { data } }, NAME).message;
				expect(told).toMatch(
					method === 'GET'
						? /^A file of the archive in acme\/archive is larger than GitHub's API returns: .*Verify the archive/
						: /^The commit to acme\/archive is larger than GitHub accepts .*Nothing is lost/,
				);
				expect(told).not.toContain('permission');
			},
		);
	});

	it('means another thing where something was only to be read', () => {
		expect(tell(404, 'Not Found', 'GET')).toContain('The repository acme/archive was not found');
		expect(tell(502, 'Server Error', 'GET')).toContain('GitHub did not return the archive');
	});
});
