import * as actions from '@actions/core';
import ms from 'ms';
import { entriesOf, UserError, quote } from '../core';

/** A text that is not empty, or that matches a pattern. */
export function readText(name: string, pattern = /./, advice = 'it must not be empty'): string {
	const text = actions.getInput(name);
	if (!pattern.test(text)) throw unusableInput(name, text, advice);
	return text;
}

/** One of several words. */
export function readChoice<Choice extends string>(
	name: string,
	choices: readonly Choice[],
): Choice {
	const text = actions.getInput(name);
	const choice = choices.find((each) => each === text);
	if (choice === undefined) throw unusableInput(name, text, `write ${choices.join(' or ')}`);
	return choice;
}

/** One of several words; `undefined` when none is given. */
export function readOptionalChoice<Choice extends string>(
	name: string,
	choices: readonly Choice[],
): Choice | undefined {
	return actions.getInput(name) === '' ? undefined : readChoice(name, choices);
}

/** At least one of several words, each once, separated like a list of ids. */
export function readChoices<Choice extends string>(
	name: string,
	choices: readonly Choice[],
): Choice[] {
	const text = actions.getInput(name);
	const given = entriesOf(text);
	const chosen = choices.filter((each) => given.includes(each));
	if (chosen.length === 0 || given.some((entry) => !choices.includes(entry as Choice))) {
		throw unusableInput(name, text, `write one or several of ${choices.join(', ')}`);
	}
	return chosen;
}

/** A boolean in any of YAML's spellings. */
export function readBoolean(name: string): boolean {
	const text = actions.getInput(name);
	if (!/^(true|True|TRUE|false|False|FALSE)$/.test(text)) {
		throw unusableInput(name, text, 'write true or false');
	}
	return actions.getBooleanInput(name);
}

/** A whole number of at least 1; `undefined` when none is given. */
export function readOptionalNumber(name: string, most = Infinity): number | undefined {
	const text = actions.getInput(name);
	if (text === '') return undefined;
	const value = /^\d+$/.test(text) ? Number(text) : 0;
	if (value < 1 || value > most) {
		const limit = most === Infinity ? '' : ` to ${most}`;
		throw unusableInput(name, text, `write a whole number from 1${limit}`);
	}
	return value;
}

/** A percentage, as a fraction of 1. */
export function readShare(name: string): number {
	const text = readText(name, /^(?:[1-9]\d?|100)%$/, 'write a percentage from 1% to 100%');
	return parseInt(text, 10) / 100;
}

/** A duration such as `5m`, in milliseconds. */
export function readDuration(name: string, least: number, most = Infinity): number {
	const text = actions.getInput(name);
	// `ms` reads a bare number as milliseconds, which nobody means here.
	const value = /^[\d.]+\s*[a-z]+$/i.test(text) ? ms(text as ms.StringValue) : undefined;
	if (value === undefined || !(value >= least && value <= most)) {
		const limit = most === Infinity ? '' : ` and at most ${ms(most)}`;
		throw unusableInput(
			name,
			text,
			`write a duration such as 5m or 1h, at least ${ms(least)}${limit}`,
		);
	}
	return value;
}

/** The error for an input that cannot be used. */
export function unusableInput(name: string, text: string, advice: string): UserError {
	return new UserError('invalid-setting', `The input ${name} cannot be used: "${quote(text)}".`, {
		remedy: `Correct it in the workflow: ${advice}.`,
	});
}
