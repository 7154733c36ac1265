import { expect } from '@jest/globals';
import { Elasticsearch } from '../../simulators/destinations/elasticsearch';
import { Collector } from '../../simulators/destinations/collector';
import type { Destination } from '../../simulators/destinations/destination';
import { S3 } from '../../simulators/destinations/s3';
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
	...['awk', 'curl', 'date', 'find', 'jq', 'mktemp', 'paste', 'rm', 'sed', 'sha256sum', 'sort'],
	...['uniq', 'wc'],
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
					script = await this.ship(outputs['new-files'] ?? '', options);
					return script.exitCode === 0 ? 'success' : 'failure';
				},
			],
		});
		expect(exitCode).toBe(0);
		return { succeeded: conclusion === 'success', script };
	}

	/** Runs the script alone, with a directory of new files. Expects it to show and leave nothing. */
	async ship(
		newFiles: string,
		{ env = {}, failing, retries = false, attempt = 1 }: ShipOptions = {},
	): Promise<ScriptResult> {
		if (attempt === 1) this.#runId++;
		const { secrets, variables, environment } = this.destination;
		const outputs = { 'new-files': newFiles };
		const result = await runScript({
			script: this.#example.script,
			env: {
				...environment,
				...this.#example.env({ secrets, vars: variables, outputs }),
				...env,
			},
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
			...(destination instanceof S3 && { aws: { file: destination.aws } }),
		};
	}

	#expectDiscretion({ log, commandLines, left }: ScriptResult): void {
		const hidden = [...Object.values(this.destination.secrets), ...contentOf(this.scene.feed)];
		for (const [where, text] of Object.entries({ log, commands: commandLines.join('\n') })) {
			const leaked = hidden.filter((secret) => text.includes(secret));
			expect({ where, leaked }).toEqual({ where, leaked: [] });
		}
		expect(left).toEqual([]);
	}
}

/** The examples that ship, by their file, and what they ship to. */
export const DESTINATIONS = {
	'ship-to-s3.yml': async () => new S3(),
	'ship-to-splunk.yml': () => new Splunk().open(),
	'ship-to-collector.yml': () => new Collector().open(),
	'ship-to-elasticsearch.yml': () => new Elasticsearch().open(),
} as const;

type File = keyof typeof DESTINATIONS;
type PlaceOf<F extends File> = Awaited<ReturnType<(typeof DESTINATIONS)[F]>>;

/** A feed to which only the test adds, and the example that ships it. */
export async function openShipping<F extends File>(theatre: Theatre, file: F) {
	const destination = (await DESTINATIONS[file]()) as PlaceOf<F>;
	return new ShippingScene(await theatre.scene(quiet), destination, file);
}
