import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import * as actions from '@actions/core';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { defaultWatches, parseWatches, quote, type Remark, UserError, type Watch } from '../core';
import { mistakesIn } from './yaml-mistakes';

const MAX_BYTES = 256 * 1024;
/** The most mistakes that an error names. */
const MAX_NAMED = 10;
/** The most doubts that become annotations: GitHub shows ten of a step, and alerts need some. */
const MAX_DOUBTS = 4;
/** Of an own watch each, its reason may be an alias. */
const MAX_ALIASES = 1000;

/**
 * Reads a YAML file of own and changed watches.
 *
 * @param file absolute path
 * @returns the default watches as the file changes them, and its own ones
 * @throws UserError `invalid-setting` that names the lines that are wrong
 */
export async function readWatches(file: string): Promise<readonly Watch[]> {
	const bytes = await readBytes(file);
	if (!isUtf8(bytes)) throw unusable(file, [{ line: 1, message: 'It is no text in UTF-8.' }]);
	const lines = new LineCounter();
	const text = bytes.toString();
	const document = parseDocument(text, {
		lineCounter: lines,
		prettyErrors: false,
		uniqueKeys: false,
	});
	const mistakes = mistakesIn(document, text).map(({ at, message }) => ({
		line: lines.linePos(at).line,
		message: quote(message),
	}));
	if (mistakes.length > 0) throw unusable(file, mistakes);
	const { watches, problems, warnings } = parseWatches(contentOf(document, file), defaultWatches);
	const placed = ({ path, message }: Remark) => ({
		line: lines.linePos(positionOf(document, path)).line,
		message: path === '' ? message : `${quote(path)}: ${message}`,
	});
	if (problems.length > 0) throw unusable(file, problems.map(placed));
	for (const { line, message } of warnings.slice(0, MAX_DOUBTS).map(placed)) {
		actions.warning(`${quote(file)}, line ${line}: ${message}`);
	}
	const more = warnings.length - MAX_DOUBTS;
	if (more > 0) actions.warning(`${quote(file)}: ${more} more doubts like these.`);
	return watches;
}

async function readBytes(file: string): Promise<Buffer> {
	try {
		const handle = await open(file);
		try {
			const { size } = await handle.stat();
			if (size <= MAX_BYTES) return await handle.readFile();
		} finally {
			await handle.close();
		}
	} catch (error) {
		throw new UserError(
			'invalid-setting',
			`The file of watches ${quote(file)} cannot be read: ${quote((error as Error).message)}.`,
			{
				remedy:
					'Set watches to default, to off, or to a path in the workspace; to have a file of the repository there, run actions/checkout before.',
			},
		);
	}
	throw new UserError(
		'invalid-setting',
		`The file of watches ${quote(file)} has more than ${MAX_BYTES / 1024} KiB.`,
		{ remedy: 'Set watches to a YAML file as docs/watches.md describes it.' },
	);
}

function contentOf(document: Document, file: string): unknown {
	try {
		return document.toJS({ maxAliasCount: MAX_ALIASES });
	} catch {
		const message = `It has more than ${MAX_ALIASES} aliases, also inside each other, or very deep lists.`;
		throw unusable(file, [{ line: 1, message }]);
	}
}

/** Where in the text a path is, such as `watches[3].threshold.within`, or the nearest thing around it. */
function positionOf(document: Document, path: string): number {
	const names = path.match(/[^.[\]]+/g) ?? [];
	for (let length = names.length; length > 0; length--) {
		const place = names.slice(0, length).map((name) => (/^\d+$/.test(name) ? Number(name) : name));
		const parent = document.getIn(place.slice(0, -1), true);
		const pair = isMap(parent)
			? parent.items.find(({ key }) => isScalar(key) && key.value === place.at(-1))
			: undefined;
		// The value of a field may begin below its name.
		const node = pair?.key ?? document.getIn(place, true);
		if (isNode(node) && node.range) return node.range[0];
	}
	return 0;
}

function unusable(file: string, mistakes: readonly { line: number; message: string }[]): UserError {
	const named = mistakes.slice(0, MAX_NAMED).map(({ line, message }) => `Line ${line}: ${message}`);
	const more = mistakes.length - named.length;
	if (more > 0) named.push(`And ${more} more.`);
	return new UserError(
		'invalid-setting',
		`The file of watches ${quote(file)} cannot be used. ${named.join(' ')}`,
		{ remedy: 'Correct it; docs/watches.md has the fields.' },
	);
}
