import { open } from 'node:fs/promises';
import * as actions from '@actions/core';
import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { defaultWatches, parseWatches, quote, type Remark, UserError, type Watch } from '../core';

/** The parser takes quadratic time in the number of fields. */
const MAX_BYTES = 256 * 1024;
/** The most mistakes that an error names. */
const MAX_NAMED = 10;

/**
 * Reads a YAML file of own and changed watches.
 *
 * @param file absolute path
 * @returns the default watches as the file changes them, and its own ones
 * @throws UserError `invalid-setting` that names the lines that are wrong
 */
export async function readWatches(file: string): Promise<readonly Watch[]> {
	const text = await readText(file);
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
	const mistakes = mistakesIn(document).map(({ at, message }) => ({
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
	for (const { line, message } of warnings.map(placed)) {
		actions.warning(`${quote(file)}, line ${line}: ${message}`);
	}
	return watches;
}

async function readText(file: string): Promise<string> {
	try {
		const handle = await open(file);
		try {
			const { size } = await handle.stat();
			if (size <= MAX_BYTES) return await handle.readFile('utf8');
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

/** What is no YAML, or says something that the parser leaves out: a tag that it does not know. */
function mistakesIn(document: Document.Parsed): { at: number; message: string }[] {
	const mistakes = [...document.errors, ...document.warnings].map(({ pos: [at], message }) => ({
		at,
		message,
	}));
	const anchors = new Set<string>();
	visit(document, {
		Value: (_, { anchor }) => {
			if (anchor !== undefined) anchors.add(anchor);
		},
		Alias: (_, { source, range }) => {
			if (anchors.has(source)) return;
			const message = `No anchor before the alias has the name ${source}.`;
			mistakes.push({ at: range?.[0] ?? 0, message });
		},
	});
	return mistakes;
}

function contentOf(document: Document, file: string): unknown {
	try {
		return document.toJS({ maxAliasCount: 100 });
	} catch (error) {
		// It has too many aliases, all together.
		throw unusable(file, [{ line: 1, message: quote((error as Error).message) }]);
	}
}

/** Where in the text a path is, such as `watches[3].threshold.within`, or the nearest thing around it. */
function positionOf(document: Document, path: string): number {
	const names = path.match(/[^.[\]]+/g) ?? [];
	for (let length = names.length; length > 0; length--) {
		const place = names.slice(0, length).map((name) => (/^\d+$/.test(name) ? Number(name) : name));
		const node = document.getIn(place, true);
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
