import { setField } from './set-field';

/**
 * An object of a record, from which attributes are taken. Fields that nobody took remain, so that nothing
 * gets lost.
 */
export class Reading {
	/** Few are taken, so a list is faster than a set. */
	readonly #taken: string[] = [];

	constructor(private readonly fields: Readonly<Record<string, unknown>>) {}

	/** Takes a field if it is a text that is not empty. */
	text(name: string): string | undefined {
		const value = this.fields[name];
		if (typeof value !== 'string' || value === '') return undefined;
		this.#taken.push(name);
		return value;
	}

	/** Takes a field if it is a text of which something holds. */
	textIf(name: string, holds: (text: string) => boolean): string | undefined {
		const value = this.fields[name];
		return typeof value === 'string' && holds(value) ? this.text(name) : undefined;
	}

	/** Takes a field if it is one of the numbers that HTTP has for a status. */
	statusCode(name: string): number | undefined {
		const value = this.fields[name];
		if (typeof value !== 'number' || !(Number.isInteger(value) && value >= 0 && value < 1000)) {
			return undefined;
		}
		this.#taken.push(name);
		return value;
	}

	/** A field, which remains. */
	peek(name: string): unknown {
		return this.fields[name];
	}

	/** Takes the first of these fields that holds this text. */
	takeText(names: readonly string[], text: string | null): void {
		const name = text === null ? undefined : names.find((field) => this.fields[field] === text);
		if (name !== undefined) this.#taken.push(name);
	}

	/** How many fields are taken. */
	get mark(): number {
		return this.#taken.length;
	}

	/** Gives back what was taken since. */
	giveBack(mark: number): void {
		this.#taken.length = mark;
	}

	/** Adds the fields that nobody took to an object. null says the same as a missing field. */
	addRest(target: Record<string, unknown>): void {
		const { fields } = this;
		for (const name of Object.keys(fields)) {
			const value = fields[name];
			if (value !== null && value !== undefined && !this.#taken.includes(name)) {
				setField(target, name, value);
			}
		}
	}
}
