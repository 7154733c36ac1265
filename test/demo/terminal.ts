import { styleText } from 'node:util';
import { quote } from '../../core';

/** How the demo writes: everything is indented below the heading of its act. */
const INDENT = '   ';
/** So that prose fits into a terminal of 80 columns. */
const WIDTH = 76;

/** Writes what the demo is about. */
export function title(text: string): void {
	write(styleText('bold', text));
}

/** Opens a numbered act. */
export function act(number: number, text: string): void {
	write('', styleText('bold', `${number}  ${text}`));
}

/** Writes a paragraph. */
export function say(text: string): void {
	write('', ...wrapped(text).map((line) => `${INDENT}${line}`));
}

/** Writes lines as somebody else wrote them, set apart by a bar. */
export function quoteLines(heading: string, lines: readonly string[]): void {
	say(`${heading}:`);
	for (const line of lines) quoteLine(line);
}

/** Writes one such line. */
export function quoteLine(line: string): void {
	write(`${INDENT}${styleText('dim', `│ ${quote(line, Infinity)}`.trimEnd())}`);
}

/** Writes rows in columns; the columns of numbers are aligned to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): void {
	const texts = rows.map((row) =>
		row.map((cell) => (typeof cell === 'number' ? count(cell) : cell)),
	);
	const widths = (texts[0] ?? []).map((_, column) =>
		Math.max(...texts.map((row) => row[column]?.length ?? 0)),
	);
	write('');
	texts.forEach((row, index) => {
		const cells = row.map((text, column) => {
			const width = widths[column] ?? 0;
			const isNumber = typeof rows[index]?.[column] === 'number';
			return isNumber ? text.padStart(width) : text.padEnd(width);
		});
		write(`${INDENT}${cells.join('  ')}`.trimEnd());
	});
}

/** Writes the demo's verdict. */
export function verdict(passed: boolean, text: string): void {
	const word = passed ? styleText(['bold', 'green'], 'PASS') : styleText(['bold', 'red'], 'FAIL');
	const lines = wrapped(`${passed ? 'PASS' : 'FAIL'}  ${text}`);
	write('', ...lines.map((line, index) => INDENT + (index === 0 ? word + line.slice(4) : line)));
}

/** A number as people read it. */
export function count(value: number): string {
	return value.toLocaleString('en-US');
}

function wrapped(text: string): string[] {
	return text.split('\n').flatMap((paragraph) => {
		const lines = [''];
		for (const word of paragraph.split(/(?<! ) (?! )/)) {
			const last = lines.at(-1) ?? '';
			if (last === '') lines[lines.length - 1] = word;
			else if (last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
			else lines.push(word);
		}
		return lines;
	});
}

function write(...lines: string[]): void {
	process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
