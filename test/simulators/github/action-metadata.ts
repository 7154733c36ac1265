import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const METADATA = 'action.yml';

/** What the runner reads of an action.yml. */
interface Metadata {
	inputs?: Record<string, { default?: string } | string>;
	runs: { main: string; post?: string; 'post-if'?: string };
}

/**
 * The file that an action runs.
 *
 * @param entry its action.yml, or that very file
 */
export function mainOf(entry: string): string {
	if (path.basename(entry) !== METADATA) return entry;
	const { runs } = readMetadata(entry) as Metadata;
	return path.join(path.dirname(entry), runs.main);
}

/**
 * The file that an action runs at the end of a job, and on which condition. Undefined when it has none.
 *
 * @param entry as in `mainOf`
 */
export function postOf(entry: string): { file: string; condition: string } | undefined {
	const metadata = findAbove(path.dirname(entry), METADATA);
	if (metadata === undefined || path.resolve(mainOf(metadata)) !== path.resolve(mainOf(entry))) {
		return undefined;
	}
	const { post, 'post-if': condition = 'always()' } = (readMetadata(metadata) as Metadata).runs;
	return post === undefined
		? undefined
		: { file: path.join(path.dirname(metadata), post), condition };
}

/**
 * The inputs of an action, with their defaults ('' for none). Undefined when there is no action.yml.
 *
 * @param entry its action.yml, or the file that it runs, which has it beside it or in the nearest
 *   folder above
 */
export function readInputDefaults(entry: string): Map<string, string> | undefined {
	const file = findAbove(path.dirname(entry), METADATA);
	if (file === undefined) return undefined;
	const { inputs = {} } = readMetadata(file) as Metadata;
	return new Map(
		Object.entries(inputs).map(([name, input]) => [
			name,
			typeof input === 'string' ? '' : (input.default ?? ''),
		]),
	);
}

/** By their text: each run of an action reads its metadata several times. */
const parsed = new Map<string, unknown>();

function readMetadata(file: string): unknown {
	const text = readFileSync(file, 'utf8');
	// In this schema every scalar stays the string that the runner, too, makes of it.
	if (!parsed.has(text)) parsed.set(text, parse(text, { schema: 'failsafe' }));
	return parsed.get(text);
}

function findAbove(directory: string, name: string): string | undefined {
	const file = path.join(directory, name);
	if (existsSync(file)) return file;
	const parent = path.dirname(directory);
	return parent === directory ? undefined : findAbove(parent, name);
}
