import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { ACCESS_KEY } from './simulators/activity-feed/keys';
import { PACE, startCompanyAtWork } from './simulators/company-at-work';

const USAGE = `npm run feed
    Serves a simulated Activity Feed on this machine, with ${PACE},
    until Ctrl+C. It prints the address and the key.
`;

const UNUSABLE = 2;

/** A simulated feed on this machine, to try things by hand, until Ctrl+C. */
async function main(): Promise<void> {
	const options = readOptions();
	if (!options) {
		process.exitCode = UNUSABLE;
		return;
	}
	if (options.help) {
		process.stdout.write(USAGE);
		return;
	}
	const interrupted = once(process, 'SIGINT');
	const company = await startCompanyAtWork();
	process.stdout.write(`A simulated Activity Feed, with ${PACE}:

    address  ${company.url}
    key      ${ACCESS_KEY}

The Action takes them as base-url and compliance-access-key. In another terminal:

    export ANTHROPIC_COMPLIANCE_BASE_URL=${company.url}
    export ANTHROPIC_COMPLIANCE_ACCESS_KEY=${ACCESS_KEY}
    npm run demo -- --real --directory .demo/simulated

--format, --watches and --fail-on try these inputs. Ctrl+C ends it.
`);
	await interrupted;
	await company.close();
}

function readOptions() {
	try {
		return parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values;
	} catch (error) {
		process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
		return undefined;
	}
}

void main();
