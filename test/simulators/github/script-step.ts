import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../command';

/** A step with `run:`, and what it may use. */
export interface ScriptStep {
	script: string;
	/** The step's environment, which wins over the runner's own. */
	env: Record<string, string>;
	/** The commands that it may call, by name: an executable, and arguments to add at the end of each call. */
	commands: Record<string, Command>;
	runId: number;
	runAttempt: number;
}

export interface Command {
	file: string;
	lastArguments?: readonly string[];
	/** Lets each call do its work, but end with 1. */
	fails?: boolean;
}

export interface ScriptResult {
	exitCode: number | null;
	/** Both streams, as they are written. */
	log: string;
	/** The command line of every command that the script called: other users of the machine see it. */
	commandLines: string[];
	/** The names of the files that the script left in `RUNNER_TEMP`. */
	left: string[];
}

/** A command of this machine. */
export function commandOf(name: string): Command {
	const directories = (process.env.PATH ?? '').split(path.delimiter);
	const directory = directories.find((each) => existsSync(path.join(each, name)));
	if (directory === undefined) throw new Error(`This machine has no ${name}: install it.`);
	return { file: path.join(directory, name) };
}

/** Runs a script as GitHub does on Linux by default: with `bash -e`, from a file. */
export async function runScript(step: ScriptStep): Promise<ScriptResult> {
	const home = mkdtempSync(path.join(tmpdir(), 'script-'));
	try {
		const record = path.join(home, 'command-lines');
		const commands = path.join(home, 'commands');
		const temp = path.join(home, 'runner temp');
		mkdirSync(commands);
		mkdirSync(temp);
		const bash = commandOf('bash').file;
		for (const [name, { file, lastArguments = [], fails = false }] of Object.entries(
			step.commands,
		)) {
			const executable = path.join(commands, name);
			const line = `printf '%s ' ${name} "$@" >> '${record}'; printf '\\0' >> '${record}'`;
			const program = `'${file}' "$@" ${lastArguments.join(' ')}`;
			const call = fails ? `${program}\nexit 1` : `exec ${program}`;
			// Not bash, because that takes thrice as long to start.
			writeFileSync(executable, `#!/bin/sh\n${line}\n${call}\n`);
			chmodSync(executable, 0o755);
		}
		const script = path.join(home, 'script.sh');
		writeFileSync(script, step.script);
		const { exitCode, output } = await runCommand(bash, ['-e', script], {
			env: {
				LANG: 'C.UTF-8',
				HOME: home,
				RUNNER_TEMP: temp,
				GITHUB_RUN_ID: String(step.runId),
				GITHUB_RUN_ATTEMPT: String(step.runAttempt),
				...step.env,
				PATH: commands,
			},
		});
		const commandLines = existsSync(record) ? readFileSync(record, 'utf8').split('\0') : [];
		return {
			exitCode,
			log: output,
			commandLines: commandLines.slice(0, -1),
			left: readdirSync(temp),
		};
	} finally {
		rmSync(home, { recursive: true, force: true });
	}
}
