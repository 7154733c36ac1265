import { installN8n } from './installation';

/** Installs n8n before the tests, so that no test has to wait for it. */
export default async function setup(): Promise<void> {
	await installN8n((line) => process.stderr.write(`${line}\n`));
}
