/** How a destination fails: it hangs up without an answer, or answers with a status. */
export type Outage = 'hang-up' | number;

/** A simulated place to which an example workflow ships activities. */
export interface Destination {
	/** The workflow's variables that lead to it. */
	readonly variables: Record<string, string>;
	/** The workflow's secrets that open it. */
	readonly secrets: Record<string, string>;
	/** Further tokens that lead to it, which neither the log nor a command line may show. */
	readonly tokens?: readonly string[];
	/** What stands in the place of the runner's own environment, and of addresses in the workflow. */
	readonly replaced?: Record<string, string>;
	/** What the runner's machine needs in its environment to reach it. */
	readonly environment: Record<string, string>;
	/** How it fails until further notice. */
	down: Outage | undefined;
	/** How it answers the next requests, one each; undefined takes the request. */
	readonly next: (Outage | undefined)[];
	/** The lines of files that it holds, in the order in which they came. */
	readonly held: readonly string[];
	close(): Promise<void>;
}
