import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readInputs } from '../../action/inputs';
import { ACCESS_KEY } from '../simulators/activity-feed/keys';
import { readInputDefaults } from '../simulators/github/action-metadata';

const environment = process.env;

beforeEach(() => {
	process.env = { ...environment, GITHUB_REPOSITORY: 'acme/audit' };
	for (const [name, value] of readInputDefaults('action.yml') ?? []) give(name, value);
	give('compliance-access-key', ACCESS_KEY);
	give('commit', 'true');
});

afterEach(() => {
	process.env = environment;
});

function give(name: string, value: string): void {
	process.env[`INPUT_${name.toUpperCase()}`] = value;
}

const read = () => readInputs('/workspace', Date.parse('2025-03-18T12:00:00Z'));

function expectRefused(name: string, value: string): void {
	give(name, value);
	expect(read).toThrow(
		expect.objectContaining({
			code: 'invalid-setting',
			summary: expect.stringContaining(`The input ${name} cannot be used`),
		}),
	);
}

describe('the path of the archive', () => {
	it.each(['audit', 'a/b/c', 'A-b_c.d/2025', '.audit', 'github', 'a.git', '...'])(
		'may be %s',
		(path) => {
			give('commit-path', path);
			expect(read().commit?.path).toBe(path);
		},
	);

	it.each([
		...['..', '.', '../audit', 'a/../b', 'a/.', '.git', 'a/.git/b', '.GIT', '.git.', 'a/.git../b'],
		...[
			'.github',
			'a/.GitHub',
			'.gitarchive',
			'/audit',
			'audit/',
			'a//b',
			'',
			'a b',
			'a\\b',
			'a:b',
			'ä',
			'a%2e',
		],
		...['.gitmodules', '.gitattributes', '.gitattributes/a', 'a/.GitAttributes', 'a/.gitignore/b'],
		...['a\tb', 'a\nb', '::a::', '~', 'git~1'],
	])('may not be %j', (path) => {
		expectRefused('commit-path', path);
	});
});

describe('the branch of the archive', () => {
	it.each(['audit-log', 'main', 'a/b#1', 'v1.0+x', '_', 'refs-heads', 'HEAD/a', 'heads', 'abc'])(
		'may be %s',
		(branch) => {
			give('commit-branch', branch);
			expect(read().commit?.branch).toBe(branch);
		},
	);

	it.each([
		...[
			'..',
			'../main',
			'a..b',
			'.a',
			'a/.b',
			'-a',
			'/a',
			'a/',
			'a.',
			'a//b',
			'a.lock',
			'a.lock/b',
		],
		...['refs/heads/a', '', 'a b', 'a~1', 'a^', 'a:b', 'a?b', 'a*', '[a', 'a\\b', '@', 'a@{1}'],
		...[
			'a\nb',
			'a\u007f',
			'a'.repeat(201),
			'HEAD',
			'a@{',
			'refs/x',
			'0123456789abcdef'.repeat(3).slice(8),
		],
	])('may not be %j', (branch) => {
		expectRefused('commit-branch', branch);
	});
});

describe('the repository of the archive', () => {
	it.each([
		['', 'acme', 'audit'],
		['other/archive', 'other', 'archive'],
		['a-b_c/.github', 'a-b_c', '.github'],
		['a/b.c..d', 'a', 'b.c..d'],
	])('%j is %s/%s', (text, owner, repository) => {
		give('commit-repository', text);
		expect(read().commit?.repository).toEqual({ owner, repository });
	});

	it.each([
		...['audit', 'acme/', '/audit', 'acme/audit/x', '../..', 'acme/..', 'acme/.', './audit'],
		...['https://github.com/acme/audit', 'acme /audit', 'acme/au dit', 'acme/audit?x', 'a%2fx/y'],
		'acme/a\nb',
	])('may not be %j', (repository) => {
		expectRefused('commit-repository', repository);
	});
});

it('needs a message for commits', () => {
	expectRefused('commit-message', '');
});

it('needs a token to commit with', () => {
	give('github-token', '');
	expect(read).toThrow('The input github-token cannot be used: "".');
	give('commit-token', 'of-the-archive');
	expect(read().commit?.token).toBe('of-the-archive');
});

it('needs nothing of it where nothing is committed', () => {
	give('commit', 'false');
	delete process.env.GITHUB_REPOSITORY;
	expect(read().commit).toBeUndefined();
});

describe('the cache-key-prefix that is not set', () => {
	const prefixOf = (workflow: string, job = 'sync') => {
		process.env.GITHUB_WORKFLOW_REF = `acme/audit/.github/workflows/${workflow}@refs/heads/a@b`;
		process.env.GITHUB_JOB = job;
		return read().cacheKeyPrefix;
	};

	it('names the workflow file and the job', () => {
		expect(prefixOf('audit-trail.yml')).toBe('anthropic-compliance-audit-trail.yml-sync');
	});

	it('is another one for each of them, whatever characters they have', () => {
		const files = [
			...['audit-trail.yml', 'audit trail.yml', 'audit  trail.yml', 'audit+trail.yml'],
			...[
				'監査.yml',
				'警告.yml',
				'-.yml',
				'a@b.yml',
				'a@c.yml',
				'a',
				'a.yml',
				'ä.yml',
				'a\u0308.yml',
			],
			...['x'.repeat(500), `${'x'.repeat(500)}y`, 'ü'.repeat(500)],
		];
		const prefixes = files.flatMap((file) => [prefixOf(file), prefixOf(file, 'sync-eu')]);
		expect(new Set(prefixes).size).toBe(2 * files.length);
		for (const prefix of prefixes) expect(prefix).toMatch(/^anthropic-compliance-[\w.-]{1,379}$/);
	});

	it.each([
		['a'.repeat(401), 'write at most 400 characters; it has 401.'],
		['a/b', 'write only letters, digits, _ . and -.'],
	])('may not be set to %j', (prefix, advice) => {
		give('cache-key-prefix', prefix);
		expect(read).toThrow(
			expect.objectContaining({ remedy: `Correct it in the workflow: ${advice}` }),
		);
	});

	it('can be set as it is', () => {
		const prefix = prefixOf('監査 '.repeat(200));
		give('cache-key-prefix', prefix);
		expect(read().cacheKeyPrefix).toBe(prefix);
	});
});

describe('the formats', () => {
	it('are each taken once, in any order', () => {
		give('format', 'ecs,raw\necs');
		expect(read().formats).toEqual(['raw', 'ecs']);
	});

	it.each(['', 'parquet', 'raw parquet', 'RAW', 'toString'])('may not be %j', (format) => {
		expectRefused('format', format);
	});
});
