import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Machine } from './results';

const GIB = 2 ** 30;

/** The properties of the machine that influence the figures; nothing identifies the machine. */
export function describeMachine(): Machine {
	return {
		processor: os.cpus()[0]?.model.trim() ?? 'unknown',
		cores: os.availableParallelism(),
		memoryGiB: Math.round(os.totalmem() / GIB),
		system: `${distribution()}, ${os.type()} ${/^\d+\.\d+/.exec(os.release())?.[0] ?? ''}, ${os.arch()}`,
		programs: {
			Node: process.version.slice(1),
			...versionOf('curl'),
			...versionOf('jq'),
		},
	};
}

function distribution(): string {
	try {
		const text = readFileSync('/etc/os-release', 'utf8');
		return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? os.platform();
	} catch {
		return os.platform();
	}
}

function versionOf(program: string): Record<string, string> {
	const { error, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
	const version = error ? undefined : /\d+(\.\d+)+/.exec(stdout)?.[0];
	return version === undefined ? {} : { [program]: version };
}
