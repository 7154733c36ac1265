import { parseArgs } from 'node:util';
import { KEY_VARIABLE, runReal } from './demo/real';
import { runSimulated } from './demo/simulated';
import { say } from './demo/terminal';

const USAGE = `npm run demo
    Runs the built Action twice against simulators, and checks what it delivered.

npm run demo -- --real [options]
    Runs the built Action once against the real API, and the next time brings
    only what is new. It needs a key with the scope read:compliance_activities in
    the environment, from where it goes to the API and nowhere else:

    read -rs ${KEY_VARIABLE} && export ${KEY_VARIABLE}

    --backfill-start <date>   where the first run starts (default: 7 days back)
    --max-activities <count>  when to stop; the next run goes on (default: 10000)
    --directory <path>        where everything is kept (default: .demo)
    --format <formats>        one or several of raw, flat, ocsf and ecs, separated by
                              commas (default: raw)
    --watches <path>          a YAML file of own watches, or off (default: the watches
                              in docs/watches.md)
    --fail-on <severity>      the least severity of an alert that fails the run

    ANTHROPIC_COMPLIANCE_BASE_URL names another address of the API, such as that of
    npm run feed, which simulates one.
`;

const UNUSABLE = 2;
const INTERRUPTED = 130;

async function main(interrupt: AbortSignal): Promise<number> {
	const options = readOptions();
	if (!options) return UNUSABLE;
	if (options.help) {
		process.stdout.write(USAGE);
		return 0;
	}
	if (!options.real) return (await runSimulated(interrupt)) ? 0 : 1;

	const accessKey = process.env[KEY_VARIABLE];
	if (accessKey) return runReal(accessKey, options, interrupt);
	process.stderr.write(`${KEY_VARIABLE} is not set.\n\n${USAGE}`);
	return UNUSABLE;
}

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				help: { type: 'boolean', short: 'h' },
				real: { type: 'boolean' },
				'backfill-start': { type: 'string' },
				'max-activities': { type: 'string', default: '10000' },
				directory: { type: 'string', default: '.demo' },
				format: { type: 'string' },
				watches: { type: 'string' },
				'fail-on': { type: 'string' },
			},
		});
		return {
			...values,
			backfillStart: values['backfill-start'],
			maxActivities: values['max-activities'],
			failOn: values['fail-on'],
		};
	} catch (error) {
		process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
		return undefined;
	}
}

const interruption = new AbortController();
// A terminal's Ctrl-C may arrive twice, from npm too, so the handlers stay.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => interruption.abort());
}
// Whoever reads the output may have seen enough, as `head` has.
process.stdout.on('error', () => interruption.abort());
main(interruption.signal).then(
	(exitCode) => {
		process.exitCode = exitCode;
	},
	(error: unknown) => {
		if (!interruption.signal.aborted) throw error;
		say('Interrupted.');
		// Something that was about to start may still be waited for.
		process.exit(INTERRUPTED);
	},
);
