import { once } from 'node:events';
import { ACCESS_KEY } from './simulators/activity-feed/keys';
import { PACE, startCompanyAtWork } from './simulators/company-at-work';

/** A simulated feed on this machine, to try things by hand, until Ctrl+C. */
async function main(): Promise<void> {
	const company = await startCompanyAtWork();
	process.stdout.write(`A simulated Activity Feed, with ${PACE}:

    address  ${company.url}
    key      ${ACCESS_KEY}

The Action takes them as base-url and compliance-access-key. In another terminal:

    export ANTHROPIC_COMPLIANCE_BASE_URL=${company.url}
    export ANTHROPIC_COMPLIANCE_ACCESS_KEY=${ACCESS_KEY}
    npm run demo -- --real --directory .demo/simulated

Ctrl+C ends it.
`);
	await once(process, 'SIGINT');
	await company.close();
}

void main();
