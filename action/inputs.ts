import path from 'node:path';
import * as actions from '@actions/core';
import {
	type FilterName,
	type Filters,
	type FormatName,
	formatNames,
	LEAST_OVERLAP_MS,
	LONGEST_OVERLAP_MS,
	MAX_PAGE_SIZE,
	parseBackfillStart,
	parseFilters,
	severities,
	type Severity,
} from '../core';
import { type FeedInputs, readFeedInputs } from './feed-inputs';
import {
	readBoolean,
	readChoice,
	readChoices,
	readDuration,
	readOptionalChoice,
	readOptionalNumber,
	readText,
	unusableInput,
} from './read-input';
import { defaultCacheKeyPrefix, MAX_PREFIX_LENGTH } from './github/workflow-run';

/** The inputs of action.yml, parsed and checked. Durations are in milliseconds. */
export interface Inputs extends FeedInputs {
	/** Milliseconds since the epoch. */
	readonly backfillStart: number | undefined;
	readonly filters: Filters;
	readonly overlap: number;
	readonly includeOwnRequests: boolean;
	readonly maxActivities: number | undefined;
	readonly timeLimit: number;
	readonly pageSize: number;
	/** Absolute path. */
	readonly outputDirectory: string;
	/** Each once, at least one. */
	readonly formats: readonly FormatName[];
	/** Whether formats that have a place for the record's own text hold it. */
	readonly includeOriginal: boolean;
	/** What to watch for; `off` for nothing. */
	readonly watches: 'default' | 'off' | WatchesFile;
	/** The least severity of an alert that fails the run; `undefined` when none does. */
	readonly failOn: Severity | undefined;
	readonly artifact: boolean;
	readonly artifactName: string;
	readonly artifactRetentionDays: number | undefined;
	readonly allowPublicRepository: boolean;
	readonly checkpoint: (typeof CHECKPOINT_PLACES)[number];
	/** Absolute path. */
	readonly checkpointFile: string;
	readonly cacheKeyPrefix: string;
	readonly checkpointRequired: boolean;
	/** When the checkpoint is saved: at the end of the job or of the step. With `commit` it is in the commit. */
	readonly saveCheckpoint: (typeof SAVING_TIMES)[number];
	/** `undefined` when the run commits nothing. */
	readonly commit: CommitInputs | undefined;
	readonly githubToken: string;
}

/** A YAML file of own and changed watches. */
export interface WatchesFile {
	/** Absolute path. */
	readonly file: string;
}

/** The place of the archive, and how to commit to it. */
export interface CommitInputs {
	readonly repository: { readonly owner: string; readonly repository: string };
	readonly branch: string;
	/** Path in the repository, without slashes around it. */
	readonly path: string;
	/** With {count}, {from} and {to}. */
	readonly message: string;
	readonly token: string;
}

/**
 * What `git check-ref-format` allows, without exotic characters, and without names that git or GitHub
 * take for something else: `HEAD`, and a name that looks like a commit's hash.
 */
const BRANCH =
	/^(?![-/.]|refs\/)(?!HEAD$|[\da-f]{40}$)(?!.*(\.\.|\/\/|\/\.|\.lock(\/|$)))[\w./#+-]{1,200}(?<![./])$/;
/** Names that begin with `.git`, such as `.gitattributes` and `.github`, have a meaning for git or GitHub. */
const COMMIT_PATH = /^(?!(?:.*\/)?\.(?:\.?(?:\/|$)|git))[\w.-]+(?:\/[\w.-]+)*$/i;

/** Where the checkpoint may live, other than in an archive. */
const CHECKPOINT_PLACES = ['cache', 'file'] as const;

const SAVING_TIMES = ['job', 'step'] as const;

/** The inputs that are secret. */
export const SECRETS = ['compliance-access-key', 'github-token', 'commit-token'] as const;

/**
 * Reads all inputs.
 *
 * @param workspace the directory that relative paths start from
 * @param now the present, in milliseconds since the epoch
 * @throws UserError for the first input that cannot be used, before any request is made
 */
export function readInputs(workspace: string, now: number): Inputs {
	return {
		...readFeedInputs(),
		backfillStart: parseBackfillStart(actions.getInput('backfill-start'), now),
		filters: parseFilters(readFilters(), actions.warning),
		overlap: readDuration('overlap', LEAST_OVERLAP_MS, LONGEST_OVERLAP_MS),
		includeOwnRequests: readBoolean('include-own-requests'),
		maxActivities: readOptionalNumber('max-activities'),
		timeLimit: readDuration('time-limit', 1),
		pageSize: readOptionalNumber('page-size', MAX_PAGE_SIZE) ?? MAX_PAGE_SIZE,
		outputDirectory: path.resolve(workspace, readText('output-directory')),
		formats: readChoices('format', formatNames),
		includeOriginal: readBoolean('include-original'),
		...readAlertInputs(workspace),
		artifact: readBoolean('artifact'),
		artifactName: readText(
			'artifact-name',
			/^[^":<>|*?\r\n\\/]{1,200}$/,
			'1 to 200 characters, without " : < > | * ? \\ and /',
		),
		artifactRetentionDays: readOptionalNumber('artifact-retention-days', 400),
		allowPublicRepository: readBoolean('allow-public-repository'),
		checkpoint: readChoice('checkpoint', CHECKPOINT_PLACES),
		checkpointFile: path.resolve(workspace, readText('checkpoint-file')),
		cacheKeyPrefix: actions.getInput('cache-key-prefix')
			? readCacheKeyPrefix()
			: defaultCacheKeyPrefix(),
		checkpointRequired: readBoolean('checkpoint-required'),
		saveCheckpoint: readChoice('save-checkpoint', SAVING_TIMES),
		commit: readBoolean('commit') ? readCommitInputs() : undefined,
		githubToken: actions.getInput('github-token'),
	};
}

function readAlertInputs(workspace: string): Pick<Inputs, 'watches' | 'failOn'> {
	const text = readText('watches');
	const failOn = readOptionalChoice('fail-on', severities);
	if (text !== 'off') {
		const watches = text === 'default' ? text : { file: path.resolve(workspace, text) };
		return { watches, failOn };
	}
	if (failOn === undefined) return { watches: text, failOn };
	const advice = 'leave it out, or watch for something: with watches: off, there are no alerts';
	throw unusableInput('fail-on', failOn, advice);
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
		throw unusableInput('github-token', token, advice);
	}
	return {
		repository: readRepository('commit-repository'),
		branch: readText('commit-branch', BRANCH, 'write the name of a branch, without refs/heads/'),
		path: readText(
			'commit-path',
			COMMIT_PATH,
			'write a path of letters, digits, _ . - and /, without .. and anything that begins with .git',
		),
		message: readText('commit-message'),
		token,
	};
}

/** A prefix has no slash: the slash ends it in a cache key, so no prefix matches another prefix's keys. */
function readCacheKeyPrefix(): string {
	const name = 'cache-key-prefix';
	const text = readText(name, /^[\w.-]+$/, 'write only letters, digits, _ . and -');
	if (text.length <= MAX_PREFIX_LENGTH) return text;
	throw unusableInput(
		name,
		text,
		`write at most ${MAX_PREFIX_LENGTH} characters; it has ${text.length}`,
	);
}

/** A repository as `owner/name`; the default is the workflow's repository. */
function readRepository(name: string): { owner: string; repository: string } {
	const given = actions.getInput(name);
	const text = given === '' ? (process.env.GITHUB_REPOSITORY ?? '') : given;
	const [, owner, repository] = /^([\w-]+)\/(?!\.\.?$)([\w.-]+)$/.exec(text) ?? [];
	if (!owner || !repository) throw unusableInput(name, text, 'write it as owner/name');
	return { owner, repository };
}
