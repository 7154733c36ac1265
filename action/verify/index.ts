import { runVerify } from './cli';

process.exitCode = await runVerify(process.argv.slice(2), process.env, {
	out: (text) => process.stdout.write(text),
	error: (text) => process.stderr.write(text),
});
