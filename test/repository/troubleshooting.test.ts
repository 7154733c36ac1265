import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

/** How many words of a message its row must contain. */
const WORDS = 4;

/** The parts of a template between its expressions. */
function partsOf(node: ts.Node): string[] {
	if (ts.isStringLiteralLike(node)) return [node.text];
	if (!ts.isTemplateExpression(node)) return [];
	return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
}

function functionAround(node: ts.Node): ts.Node {
	return ts.isFunctionLike(node) || !node.parent ? node : functionAround(node.parent);
}

/** The summaries of the errors that a file creates, directly or by a function that passes them on. */
function summariesIn(file: string): string[][] {
	const source = ts.createSourceFile(
		file,
		readFileSync(file, 'utf8'),
		ts.ScriptTarget.Latest,
		true,
	);
	const nodes: ts.Node[] = [];
	const collect = (node: ts.Node) => {
		nodes.push(node);
		ts.forEachChild(node, collect);
	};
	collect(source);
	const passedOn = (name: ts.Identifier): ts.Node[] => {
		const maker = functionAround(name);
		const named = ts.isFunctionDeclaration(maker) ? maker : maker.parent;
		const isNamed = ts.isFunctionDeclaration(named) || ts.isVariableDeclaration(named);
		const called = isNamed ? named.name?.getText() : undefined;
		return nodes.flatMap((node) => {
			if (ts.isVariableDeclaration(node) && node.name.getText() === name.text) {
				return node.initializer ?? [];
			}
			const isCall = ts.isCallExpression(node) && node.expression.getText() === called;
			return isCall ? (node.arguments[0] ?? []) : [];
		});
	};
	return nodes
		.flatMap((node) => {
			if (ts.isPropertyAssignment(node) && node.name.getText() === 'summary') {
				return node.initializer;
			}
			if (!ts.isNewExpression(node) || node.expression.getText() !== 'UserError') return [];
			const summary = node.arguments?.[1];
			return summary === undefined ? [] : ts.isIdentifier(summary) ? passedOn(summary) : summary;
		})
		.map(partsOf)
		.filter((parts) => parts.length > 0);
}

/** The words to look for: the beginning of the first part with enough words, or the longest part. */
function wordsOf(parts: readonly string[]): string {
	const beginnings = parts.map((part) => (/[^\s:;,.("][^:;,.("]*/.exec(part)?.[0] ?? '').trim());
	const longestFirst = [...beginnings].sort((one, other) => other.length - one.length);
	const enough = beginnings.find((words) => words.split(/\s+/).length > WORDS / 2);
	return (enough ?? longestFirst[0] ?? '').split(/\s+/).slice(0, WORDS).join(' ');
}

const [, inActions = '', inN8n = ''] = readFileSync('docs/troubleshooting.md', 'utf8').split(
	'\n## ',
);

/** The first cells of a table. */
const firstCellsOf = (section: string) => section.match(/^\| .*? \|/gm)?.join('\n') ?? '';

describe.each([
	['In GitHub Actions', firstCellsOf(inActions), ['core', 'action', 'archive']],
	['In n8n', firstCellsOf(inN8n), ['core', 'nodes']],
])('%s, each error has a row', (_, rows, folders) => {
	const files = folders.flatMap((folder) =>
		readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ts'))
			.map((name) => path.join(folder, name)),
	);
	const messages = new Set(files.flatMap(summariesIn).map(wordsOf));

	test('the search for errors finds enough of them', () =>
		expect(messages.size).toBeGreaterThan(20));

	test.each([...messages])('%j', (words) => expect(rows).toContain(words));
});
