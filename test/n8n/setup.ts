import { installN8n } from './installation';

/** Installs n8n before the tests, which may then take it for granted. */
export default async function setup(): Promise<void> {
	await installN8n((line) => process.stderr.write(`${line}\n`));
}
