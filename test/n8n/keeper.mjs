/**
 * Runs a Node program and outlives it, but not its own parent: when the parent ends, however it
 * does, its end of the pipe to standard input closes, and the whole process group is killed.
 *
 * Usage: node keeper.mjs <program> [argument…], as the leader of a process group.
 */
import { spawn } from 'node:child_process';

// An interrupt goes to the whole group, and is for the program.
process.on('SIGINT', () => {});
const program = spawn(process.execPath, process.argv.slice(2), {
	stdio: ['ignore', 'inherit', 'inherit'],
});
program.once('exit', (code) => process.exit(code ?? 1));
process.stdin.once('close', () => process.kill(-process.pid, 'SIGKILL')).resume();
