import { expect } from '@jest/globals';
import { toEcs } from '../../../core';
import { Collector } from '../../simulators/destinations/collector';
import { Datadog } from '../../simulators/destinations/datadog';
import type { Destination } from '../../simulators/destinations/destination';
import { Elasticsearch } from '../../simulators/destinations/elasticsearch';
import { GitHubIssues, JOB_TOKEN } from '../../simulators/destinations/github-issues';
import { S3 } from '../../simulators/destinations/s3';
import { Sentinel } from '../../simulators/destinations/sentinel';
import { Splunk } from '../../simulators/destinations/splunk';
import {
	type Command,
	commandOf,
	runScript,
	type ScriptResult,
} from '../../simulators/github/script-step';
import { contentOf, type Scene, type Theatre } from '../harness';
import { quiet } from '../checkpoint-scene';
import { Example } from './example';

/** The commands that the examples need; GitHub's Ubuntu images have them. */
const TOOLS = [
	...['awk', 'cat', 'curl', 'date', 'find', 'jq', 'mktemp', 'paste', 'rm', 'sed', 'sha256sum'],
	...['sort', 'uniq', 'wc'],
];

export interface Shipment {
	/** Whether the job succeeded. */
	succeeded: boolean;
	/** The run of the script; undefined when the job did not get to it. */
	script: ScriptResult | undefined;
}

export interface ShipOptions {
	/** Overrides what the workflow sets for the script. */
	env?: Record<string, string>;
	/** A command that does its work, but ends with 1. */
	failing?: string;
	/** Whether curl tries again, which takes a second. */
	retries?: boolean;
	/** The attempt of the workflow run; 1 by default. Later ones keep the run's id. */
	attempt?: number;
}

/** An example workflow whose job runs again and again: the Action reads a feed, and the script ships. */
export class ShippingScene<Place extends Destination = Destination> {
	readonly #example: Example;
	#runId = 7000;

	constructor(
		readonly scene: Scene,
		readonly destination: Place,
		file: string,
	) {
		this.#example = new Example(file);
	}

	/** Runs the job in a new workspace, as on a hosted runner. Expects the Action to succeed. */
	async run(options: ShipOptions = {}): Promise<Shipment> {
		let script: ScriptResult | undefined;
		const { exitCode, conclusion } = await this.scene.run(this.#example.inputs, {
			next: [
				async ([outputs = {}]) => {
					if (!this.#example.ships({ outputs })) return 'success';
					script = await this.#perform(outputs, options);
					return script.exitCode === 0 ? 'success' : 'failure';
				},
			],
		});
		expect(exitCode).toBe(0);
		return { succeeded: conclusion === 'success', script };
	}

	/** Runs the script alone, with a directory of new files. Expects it to show and leave nothing. */
	ship(newFiles: string, options: ShipOptions = {}): Promise<ScriptResult> {
		return this.#perform({ 'new-files': newFiles }, options);
	}

	/** Runs the script alone, with a file of alerts. Expects it to show and leave nothing. */
	alert(alertsFile: string, options: ShipOptions = {}): Promise<ScriptResult> {
		return this.#perform({ 'alerts-file': alertsFile }, options);
	}

	async #perform(
		outputs: Record<string, string>,
		{ env = {}, failing, retries = false, attempt = 1 }: ShipOptions,
	): Promise<ScriptResult> {
		if (attempt === 1) this.#runId++;
		const { secrets, variables, environment, replaced } = this.destination;
		const contexts = { github: { token: JOB_TOKEN }, secrets, vars: variables, outputs };
		const result = await runScript({
			script: this.#example.script,
			env: { ...environment, ...this.#example.env(contexts), ...replaced, ...env },
			commands: this.#commands(retries, failing),
			runId: this.#runId,
			runAttempt: attempt,
		});
		this.#expectDiscretion(result);
		return result;
	}

	#commands(retries: boolean, failing?: string): Record<string, Command> {
		const tools = Object.fromEntries(
			TOOLS.map((name) => [name, { ...commandOf(name), fails: name === failing }]),
		);
		const { destination } = this;
		return {
			...tools,
			...(!retries && { curl: { ...tools.curl!, lastArguments: ['--retry', '0'] } }),
			// Scripts only pause where a service asks for it.
			sleep: commandOf('true'),
			...(destination instanceof S3 && { aws: { file: destination.aws } }),
		};
	}

	#expectDiscretion({ log, commandLines, left }: ScriptResult): void {
		const { secrets, tokens = [] } = this.destination;
		const hidden = [...Object.values(secrets), ...tokens, ...contentOf(this.scene.feed)];
		for (const [where, text] of Object.entries({ log, commands: commandLines.join('\n') })) {
			const leaked = hidden.filter((secret) => text.includes(secret));
			expect({ where, leaked }).toEqual({ where, leaked: [] });
		}
		expect(left).toEqual([]);
	}
}

/** An example that ships, and what it ships to. */
interface Shipping<Place extends Destination> {
	readonly open: () => Promise<Place>;
	/** The format that it asks for. */
	readonly format: 'raw' | 'ecs';
}

/** The examples that ship all activities, by their file. */
export const SHIPPING = {
	'ship-to-s3.yml': { open: async () => new S3(), format: 'raw' },
	'ship-to-splunk.yml': { open: () => new Splunk().open(), format: 'raw' },
	'ship-to-collector.yml': { open: () => new Collector().open(), format: 'raw' },
	'ship-to-elasticsearch.yml': { open: () => new Elasticsearch().open(), format: 'ecs' },
	'ship-to-datadog.yml': { open: () => new Datadog().open(), format: 'raw' },
	'ship-to-sentinel.yml': { open: () => new Sentinel().open(), format: 'raw' },
} as const satisfies Record<string, Shipping<Destination>>;

export type ShippingFile = keyof typeof SHIPPING;
type PlaceOf<F extends ShippingFile> = Awaited<ReturnType<(typeof SHIPPING)[F]['open']>>;

/** A feed to which only the test adds, and the example that ships it. */
export async function openShipping<F extends ShippingFile>(theatre: Theatre, file: F) {
	const destination = (await SHIPPING[file].open()) as PlaceOf<F>;
	return new ShippingScene(await theatre.scene(quiet), destination, file);
}

/** A feed to which only the test adds, and the example that opens issues. */
export async function openIssues(theatre: Theatre) {
	const destination = await new GitHubIssues().open();
	return new ShippingScene(await theatre.scene(quiet), destination, 'issue-per-critical-alert.yml');
}

/** What arrives of an activity with the given text: exact in raw, the same values in ECS. */
export function formOf(file: ShippingFile, json: string): string {
	return SHIPPING[file].format === 'raw' ? json : JSON.stringify(toEcs(json));
}

/** The lines that a destination holds, so that they compare with `formOf`. */
export function arrivedAt(file: ShippingFile, { held }: Destination): string[] {
	if (SHIPPING[file].format === 'raw') return [...held];
	return held.map((line) => JSON.stringify(JSON.parse(line)));
}
