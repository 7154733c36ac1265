import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/**
 * The inputs of the action that an entry file belongs to, with their defaults ('' for none), from
 * the nearest action.yml above the file. Undefined when there is none.
 */
export function readInputDefaults(entry: string): Map<string, string> | undefined {
	const file = findAbove(path.dirname(entry), 'action.yml');
	if (file === undefined) return undefined;
	// In this schema every scalar stays the string that the runner, too, makes of it.
	const metadata = parse(readFileSync(file, 'utf8'), { schema: 'failsafe' }) as {
		inputs?: Record<string, { default?: string } | string>;
	};
	return new Map(
		Object.entries(metadata.inputs ?? {}).map(([name, input]) => [
			name,
			typeof input === 'string' ? '' : (input.default ?? ''),
		]),
	);
}

function findAbove(directory: string, name: string): string | undefined {
	const file = path.join(directory, name);
	if (existsSync(file)) return file;
	const parent = path.dirname(directory);
	return parent === directory ? undefined : findAbove(parent, name);
}
