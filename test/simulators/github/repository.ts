import { BareRepository } from './bare-repository';

/** A repository's facts. They may be changed at any time. */
export interface RepositoryFacts {
	id: number;
	owner: string;
	name: string;
	defaultBranch: string;
	visibility: 'public' | 'private' | 'internal';
}

/** What protects a branch, and from what; nothing said, it asks for pull requests. */
export type Protection =
	| 'branch protection'
	| 'branch protection: who may push'
	| 'ruleset'
	| 'ruleset: no updates'
	| 'ruleset: signatures'
	| 'ruleset: status checks';

const MEGABYTE = 1024 * 1024;

/** One repository: what GitHub knows about it, and the Git repository behind it. */
export class Repository implements RepositoryFacts {
	id: number;
	owner: string;
	name: string;
	defaultBranch: string;
	visibility: 'public' | 'private' | 'internal';
	/** Branches that nobody may push to, whether they exist or not. */
	readonly protectedBranches = new Map<string, Protection>();
	/** Whether it can only be read any more. */
	isArchived = false;
	/** How many requests that name an object just made are told that there is none. */
	lag = 0;
	/** The largest blob it takes and gives. */
	blobLimit = 100 * MEGABYTE;
	/** The largest file whose content comes as JSON. */
	contentLimit = MEGABYTE;
	/** How many entries a recursive listing of a tree may have before it is cut off. */
	treeLimit = 100_000;
	readonly git = new BareRepository(() => this.defaultBranch);

	constructor({ id, owner, name, defaultBranch, visibility }: RepositoryFacts) {
		this.id = id;
		this.owner = owner;
		this.name = name;
		this.defaultBranch = defaultBranch;
		this.visibility = visibility;
	}

	get fullName(): string {
		return `${this.owner}/${this.name}`;
	}

	/** Its page, and the start of all pages below it. */
	get htmlUrl(): string {
		return `https://github.com/${this.fullName}`;
	}
}
