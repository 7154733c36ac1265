import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

interface Step {
	name?: string;
	id?: string;
	uses?: string;
	if?: string;
	run?: string;
	with?: Record<string, unknown>;
	env?: Record<string, string>;
}

/** What the expressions of a workflow can name. */
export interface Contexts {
	github: Record<string, string>;
	secrets: Record<string, string>;
	vars: Record<string, string>;
	/** The outputs of the step `sync`. */
	outputs: Record<string, string>;
}

/** An example workflow that reads the feed in the step `sync`, and ships what is new, or alerts, in the last step. */
export class Example {
	/** The inputs of the Action, but for the key. */
	readonly inputs: Record<string, string>;
	/** The script that ships. */
	readonly script: string;
	readonly #ship: Step;

	/** @param file its name in `docs/examples` */
	constructor(file: string) {
		const text = readFileSync(path.join('docs/examples', file), 'utf8');
		const { jobs } = parse(text) as { jobs: Record<string, { steps: Step[] }> };
		const steps = Object.values(jobs).flatMap((job) => job.steps);
		const sync = steps.find(({ id }) => id === 'sync');
		const ship = steps.at(-1);
		if (!sync || ship?.run === undefined) throw new Error(`${file} does not ship anything.`);
		const inputs = Object.entries(sync.with ?? {}).filter(([name]) => !name.endsWith('-key'));
		this.inputs = Object.fromEntries(inputs.map(([name, value]) => [name, String(value)]));
		this.script = ship.run;
		this.#ship = ship;
	}

	/** Whether the job gets to the script after a successful sync. */
	ships({ outputs }: Pick<Contexts, 'outputs'>): boolean {
		switch (this.#ship.if) {
			case "steps.sync.outputs.has-new == 'true'":
				return outputs['has-new'] === 'true';
			case "steps.sync.outputs.alerts-file != ''":
				return outputs['alerts-file'] !== '';
			default:
				throw new Error(`The condition is another one: ${this.#ship.if}`);
		}
	}

	/** The script's environment. An expression that names nothing is an error, so that no name is mistyped. */
	env(contexts: Contexts): Record<string, string> {
		const known = new Map([
			...named('github.', contexts.github),
			...named('secrets.', contexts.secrets),
			...named('vars.', contexts.vars),
			...named('steps.sync.outputs.', contexts.outputs),
		]);
		const evaluate = (text: string) =>
			text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, name: string) => {
				const value = known.get(name);
				if (value === undefined) throw new Error(`Nothing is named ${name}.`);
				return value;
			});
		const env = Object.entries(this.#ship.env ?? {});
		return Object.fromEntries(env.map(([name, value]) => [name, evaluate(value)]));
	}
}

function named(prefix: string, values: Record<string, string>): [string, string][] {
	return Object.entries(values).map(([name, value]) => [prefix + name, value]);
}
