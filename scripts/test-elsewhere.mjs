/**
 * Runs the tests like `npm test`, but with a date some days ahead (`--ahead 370`), beside busy loops
 * (`--busy 3`), or both. Arguments after a second `--` go to Jest. `--ahead` needs libfaketime; timers
 * keep their pace.
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
