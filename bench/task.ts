/** The task of a measured program, as JSON in its first argument. */
export interface Task {
	/** The origin of the simulated API. */
	readonly baseUrl: string;
	readonly accessKey: string;
	/** Where to start, in RFC 3339. */
	readonly since: string;
	/** An empty directory for its files. */
	readonly directory: string;
}

/** The result of a measured program, as JSON in the last line of its output. */
export interface Outcome {
	/** How many activities it delivered; `null` when it does not parse pages. */
	readonly delivered: number | null;
}

/** The task of this program. */
export function readTask(): Task {
	return JSON.parse(process.argv[2] ?? '') as Task;
}

/** Prints the result. */
export function printOutcome(outcome: Outcome): void {
	process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
