/**
 * Runs the tests as `npm test` does, but so many days ahead (`--ahead 370`), beside so many busy
 * loops (`--busy 3`), or both; what stands behind a further `--` goes to Jest. Another date takes
 * libfaketime. Timers keep their pace.
 */
import { spawn, spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
	options: { ahead: { type: 'string' }, busy: { type: 'string', default: '0' } },
	allowPositionals: true,
});
const command = ['npm', 'test', '--', ...positionals];
if (values.ahead) {
	command.unshift('faketime', '-m', '--exclude-monotonic', '-f', `+${values.ahead}d`);
}
const loops = Array.from({ length: Number(values.busy) }, () =>
	spawn(process.execPath, ['--eval', 'for (;;);'], { stdio: 'ignore' }),
);
const { status, error } = spawnSync(command[0], command.slice(1), { stdio: 'inherit' });
for (const loop of loops) loop.kill();
if (error) throw error;
process.exitCode = status ?? 1;
