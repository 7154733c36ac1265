/** The outputs that action.yml promises. */
export const OUTPUTS = [
	'count',
	'unreadable',
	'has-new',
	'alerts',
	'alerts-file',
	'highest-severity',
	'directory',
	'new-files',
	'artifact-id',
	'artifact-url',
	'artifact-digest',
	'checkpoint-status',
	'checkpoint-saved',
	'commit-sha',
	'commit-url',
	'manifest',
	'caught-up',
	'oldest',
	'newest',
] as const;

export type OutputName = (typeof OUTPUTS)[number];

export type Outputs = Readonly<Partial<Record<OutputName, string | number | boolean | undefined>>>;

/** What a ledger or a sink reports, so that outputs and summary depend on neither. */
export interface Receipt {
	readonly outputs: Outputs;
	/** Rows of the summary's first table, in Markdown. */
	readonly facts: readonly Fact[];
}

export type Fact = readonly [name: string, markdown: string];
