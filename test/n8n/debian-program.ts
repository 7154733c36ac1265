import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Debian keeps PostgreSQL's programs in a directory for each version, which is not on the PATH. */
const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';
/** An account that owns nothing. */
const UNPRIVILEGED = 'nobody';

/**
 * Finds a program of the servers that n8n's queue mode needs.
 *
 * @returns its path
 * @throws Error that says what to install when the machine lacks it
 */
export function debianProgram(name: string): string {
	const found = directories()
		.map((directory) => path.join(directory, name))
		.find((file) => existsSync(file));
	if (found !== undefined) return found;
	throw new Error(
		`${name} was not found. The tests of n8n's queue mode need PostgreSQL and Redis: ` +
			'apt-get install postgresql redis-server',
	);
}

function directories(): string[] {
	const onPath = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
	if (!existsSync(POSTGRESQL_VERSIONS)) return onPath;
	const versions = readdirSync(POSTGRESQL_VERSIONS)
		.filter((name) => /^\d+$/.test(name))
		.sort((a, b) => Number(b) - Number(a));
	return [...onPath, ...versions.map((name) => path.join(POSTGRESQL_VERSIONS, name, 'bin'))];
}

/** A command that never runs as root, which PostgreSQL refuses: then, it runs as `nobody`. */
export function unprivileged(command: readonly string[]): string[] {
	if (!isRoot()) return [...command];
	const id = (flag: string) =>
		execFileSync('id', [flag, UNPRIVILEGED], { encoding: 'utf8' }).trim();
	const account = [`--reuid=${id('-u')}`, `--regid=${id('-g')}`, '--clear-groups'];
	return ['setpriv', ...account, '--', ...command];
}

/** Gives a directory to the account under which `unprivileged` runs commands. */
export function giveAway(directory: string): void {
	if (isRoot()) execFileSync('chown', [UNPRIVILEGED, directory]);
}

function isRoot(): boolean {
	return process.getuid?.() === 0;
}
