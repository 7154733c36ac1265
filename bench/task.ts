/** What a measured program is told, as JSON in its first argument. */
export interface Task {
	/** The origin of the simulated API. */
	readonly baseUrl: string;
	readonly accessKey: string;
	/** Where to begin, as RFC 3339. */
	readonly since: string;
	/** An empty directory for what it writes. */
	readonly directory: string;
}

/** What a measured program says at its end, as JSON in the last line of its output. */
export interface Outcome {
	/** How many activities it has delivered; `null` when it does not look into the pages. */
	readonly delivered: number | null;
}

/** What this program has been told. */
export function readTask(): Task {
	return JSON.parse(process.argv[2] ?? '') as Task;
}

/** Says how it went. */
export function tell(outcome: Outcome): void {
	process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
