/**
 * Runs a command, and kills the whole process group when its own parent ends. It notices that because
 * the pipe to its standard input closes, however the parent ends.
 *
 * Usage: node keeper.mjs <command> [argument…], as the leader of a process group.
 */
import { spawn } from 'node:child_process';

// An interrupt reaches the whole group; only the program must react to it.
process.on('SIGINT', () => {});
const [command, ...args] = process.argv.slice(2);
const program = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
program.once('exit', (code) => process.exit(code ?? 1));
process.stdin.once('close', () => process.kill(-process.pid, 'SIGKILL')).resume();
