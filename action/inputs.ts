import path from 'node:path';
import * as actions from '@actions/core';
import ms from 'ms';
import {
	ComplianceError,
	type FilterName,
	type Filters,
	MAX_PAGE_SIZE,
	parseAccessKey,
	parseBackfillStart,
	parseBaseUrl,
	parseFilters,
	quote,
} from '../core';
import { parsePeriod, type Span } from './verify/against-feed';
import { defaultCacheKeyPrefix, MAX_PREFIX_LENGTH } from './workflow-run';

/** What action.yml offers, read and checked. Durations are milliseconds. */
export interface Inputs {
	readonly accessKey: string;
	readonly baseUrl: string;
	/** Milliseconds since the epoch. */
	readonly backfillStart: number | undefined;
	readonly filters: Filters;
	readonly overlap: number;
	readonly includeOwnRequests: boolean;
	readonly maxActivities: number | undefined;
	readonly timeLimit: number;
	readonly pageSize: number;
	/** Above 0 and up to 1. */
	readonly rateLimitShare: number;
	/** Absolute path. */
	readonly outputDirectory: string;
	readonly artifact: boolean;
	readonly artifactName: string;
	readonly artifactRetentionDays: number | undefined;
	readonly allowPublicRepository: boolean;
	readonly checkpoint: 'cache' | 'file';
	/** Absolute path. */
	readonly checkpointFile: string;
	readonly cacheKeyPrefix: string;
	readonly checkpointRequired: boolean;
	/** `undefined` when nothing is to be committed. */
	readonly commit: CommitInputs | undefined;
	readonly githubToken: string;
}

/** Where the archive is. */
export interface CommitInputs {
	readonly repository: { readonly owner: string; readonly repository: string };
	readonly branch: string;
	/** Path in the repository, without slashes around it. */
	readonly path: string;
	/** With {count}, {from} and {to}. */
	readonly message: string;
	readonly token: string;
}

/** What `mode: verify` reads. */
export interface VerifyInputs {
	/** Absolute path of the archive. */
	readonly directory: string;
	/** What to compare it with, if anything. */
	readonly againstFeed:
		| (Pick<Inputs, 'accessKey' | 'baseUrl' | 'rateLimitShare'> & { readonly period: Span })
		| undefined;
}

/**
 * The API documents that activities appear up to 1 minute late. Some are lost when the clock of its
 * answers is ahead by more than the overlap is longer than that, so there has to be some room.
 */
const MIN_OVERLAP_MS = ms('2m');
const MAX_OVERLAP_MS = ms('1d');

/**
 * What `git check-ref-format` allows, but for exotic characters, and what git or GitHub take for
 * something else: `HEAD`, and a name in the form of a commit's hash.
 */
const BRANCH =
	/^(?![-/.]|refs\/)(?!HEAD$|[\da-f]{40}$)(?!.*(\.\.|\/\/|\/\.|\.lock(\/|$)))[\w./#+-]{1,200}(?<![./])$/;
/** What begins with `.git` means something to git or GitHub, as do `.gitattributes` and `.github`. */
const COMMIT_PATH = /^(?!(?:.*\/)?\.(?:\.?(?:\/|$)|git))[\w.-]+(?:\/[\w.-]+)*$/i;

/** Keeps the key out of the log, whatever happens later. To be called before anything else. */
export function maskSecrets(): void {
	for (const name of ['compliance-access-key', 'github-token', 'commit-token']) {
		const secret = actions.getInput(name);
		if (secret) actions.setSecret(secret);
	}
}

/**
 * Reads all inputs.
 *
 * @param workspace what relative paths are relative to
 * @param now the present, in milliseconds since the epoch
 * @throws ComplianceError for the first input that cannot be used, before any request is made
 */
export function readInputs(workspace: string, now: number): Inputs {
	return {
		accessKey: parseAccessKey(actions.getInput('compliance-access-key')),
		baseUrl: parseBaseUrl(actions.getInput('base-url')),
		backfillStart: parseBackfillStart(actions.getInput('backfill-start'), now),
		filters: parseFilters(readFilters(), actions.warning),
		overlap: readDuration('overlap', MIN_OVERLAP_MS, MAX_OVERLAP_MS),
		includeOwnRequests: readBoolean('include-own-requests'),
		maxActivities: readOptionalNumber('max-activities'),
		timeLimit: readDuration('time-limit', 1),
		pageSize: readOptionalNumber('page-size', MAX_PAGE_SIZE) ?? MAX_PAGE_SIZE,
		rateLimitShare: readShare('rate-limit-share'),
		outputDirectory: path.resolve(workspace, readText('output-directory')),
		artifact: readBoolean('artifact'),
		artifactName: readText(
			'artifact-name',
			/^[^":<>|*?\r\n\\/]{1,200}$/,
			'1 to 200 characters, without " : < > | * ? \\ and /',
		),
		artifactRetentionDays: readOptionalNumber('artifact-retention-days', 400),
		allowPublicRepository: readBoolean('allow-public-repository'),
		checkpoint: readText('checkpoint', /^(cache|file)$/, 'write cache or file') as 'cache' | 'file',
		checkpointFile: path.resolve(workspace, readText('checkpoint-file')),
		cacheKeyPrefix: actions.getInput('cache-key-prefix')
			? readCacheKeyPrefix()
			: defaultCacheKeyPrefix(),
		checkpointRequired: readBoolean('checkpoint-required'),
		commit: readBoolean('commit') ? readCommitInputs() : undefined,
		githubToken: actions.getInput('github-token'),
	};
}

function readFilters(): Record<FilterName, string> {
	return {
		organizationIds: actions.getInput('organization-ids'),
		activityTypes: actions.getInput('activity-types'),
		excludeActivityTypes: actions.getInput('exclude-activity-types'),
		userIds: actions.getInput('user-ids'),
	};
}

function readCommitInputs(): CommitInputs {
	const token = actions.getInput('commit-token') || actions.getInput('github-token');
	if (token === '') {
		const advice = 'leave it out to commit with the token of the job, or set commit-token';
		throw unusable('github-token', token, advice);
	}
	return {
		repository: readRepository('commit-repository'),
		branch: readText('commit-branch', BRANCH, 'write the name of a branch, without refs/heads/'),
		path: readCommitPath(),
		message: readText('commit-message'),
		token,
	};
}

/** What the Action is to do. */
export function readMode(): 'sync' | 'verify' {
	return readText('mode', /^(sync|verify)$/, 'write sync or verify') as 'sync' | 'verify';
}

/**
 * Reads the inputs of `mode: verify`.
 *
 * @param workspace what relative paths are relative to
 * @throws ComplianceError as above
 */
export function readVerifyInputs(workspace: string): VerifyInputs {
	const period = actions.getInput('against-feed');
	return {
		directory: path.resolve(workspace, readCommitPath()),
		againstFeed: period
			? {
					period: parsePeriod(period),
					accessKey: parseAccessKey(actions.getInput('compliance-access-key')),
					baseUrl: parseBaseUrl(actions.getInput('base-url')),
					rateLimitShare: readShare('rate-limit-share'),
				}
			: undefined,
	};
}

function readCommitPath(): string {
	return readText(
		'commit-path',
		COMMIT_PATH,
		'write a path of letters, digits, _ . - and /, without .. and anything that begins with .git',
	);
}

/** No slash: it ends the prefix in a cache key, so that one prefix never matches another's keys. */
function readCacheKeyPrefix(): string {
	const name = 'cache-key-prefix';
	const text = readText(name, /^[\w.-]+$/, 'write only letters, digits, _ . and -');
	if (text.length <= MAX_PREFIX_LENGTH) return text;
	throw unusable(
		name,
		text,
		`write at most ${MAX_PREFIX_LENGTH} characters; it has ${text.length}`,
	);
}

function readText(name: string, pattern = /./, advice = 'it must not be empty'): string {
	const text = actions.getInput(name);
	if (!pattern.test(text)) throw unusable(name, text, advice);
	return text;
}

/** `owner/name`; by default the one that the workflow runs in. */
function readRepository(name: string): { owner: string; repository: string } {
	const given = actions.getInput(name);
	const text = given === '' ? (process.env.GITHUB_REPOSITORY ?? '') : given;
	const [, owner, repository] = /^([\w-]+)\/(?!\.\.?$)([\w.-]+)$/.exec(text) ?? [];
	if (!owner || !repository) throw unusable(name, text, 'write it as owner/name');
	return { owner, repository };
}

function readBoolean(name: string): boolean {
	const text = actions.getInput(name);
	if (!/^(true|True|TRUE|false|False|FALSE)$/.test(text)) {
		throw unusable(name, text, 'write true or false');
	}
	return actions.getBooleanInput(name);
}

function readOptionalNumber(name: string, most = Infinity): number | undefined {
	const text = actions.getInput(name);
	if (text === '') return undefined;
	const value = /^\d+$/.test(text) ? Number(text) : 0;
	if (value < 1 || value > most) {
		const limit = most === Infinity ? '' : ` to ${most}`;
		throw unusable(name, text, `write a whole number from 1${limit}`);
	}
	return value;
}

/** A percentage, as a part of 1. */
function readShare(name: string): number {
	const text = readText(name, /^(?:[1-9]\d?|100)%$/, 'write a percentage from 1% to 100%');
	return parseInt(text, 10) / 100;
}

function readDuration(name: string, least: number, most = Infinity): number {
	const text = actions.getInput(name);
	// `ms` takes a bare number for milliseconds, which nobody means here.
	const value = /^[\d.]+\s*[a-z]+$/i.test(text) ? ms(text as ms.StringValue) : undefined;
	if (value === undefined || !(value >= least && value <= most)) {
		const limit = most === Infinity ? '' : ` and at most ${ms(most)}`;
		throw unusable(name, text, `write a duration such as 5m or 1h, at least ${ms(least)}${limit}`);
	}
	return value;
}

function unusable(name: string, text: string, advice: string): ComplianceError {
	return new ComplianceError(
		'invalid-setting',
		`The input ${name} cannot be used: "${quote(text)}".`,
		{ remedy: `Correct it in the workflow: ${advice}.` },
	);
}
