import { JsonFields, stringIn } from '../json/json-fields';

/**
 * An object of a record, from which fields are taken. Those that nobody took remain, so that nothing gets
 * lost. Values go in and out as JSON text, which is what a format writes.
 */
export class Reading {
	readonly #fields: JsonFields;
	/** Places of fields. Few are taken, so a list is faster than a set. */
	readonly #taken: number[] = [];

	/** @param json without insignificant white space; anything but an object has no fields */
	constructor(readonly json: string) {
		this.#fields = new JsonFields(json);
	}

	/** Takes a field if it is a text that is not empty. */
	take(name: string): string | undefined {
		const index = this.#fields.indexOf(name);
		if (index < 0 || !this.#fields.isText(index)) return undefined;
		this.#taken.push(index);
		return this.#fields.valueAt(index);
	}

	/** Takes a field if it is a text of which something holds. */
	takeIf(name: string, holds: (text: string) => boolean): string | undefined {
		const text = this.text(name);
		return text !== undefined && holds(text) ? this.take(name) : undefined;
	}

	/** Takes a field if it is a number that HTTP has for a status. */
	takeStatusCode(name: string): string | undefined {
		const index = this.#fields.indexOf(name);
		if (index < 0) return undefined;
		const value = this.#fields.valueAt(index);
		if (!/^[1-9]\d\d$/.test(value)) return undefined;
		this.#taken.push(index);
		return value;
	}

	/** Takes the first of these fields that holds this text. */
	takeWith(names: readonly string[], text: string): void {
		const name = names.find((field) => this.text(field) === text);
		if (name !== undefined) this.take(name);
	}

	/** Takes an object, as JSON text. */
	takeObject(name: string): string | undefined {
		const index = this.#fields.indexOf(name);
		if (index < 0 || !this.#fields.isObject(index)) return undefined;
		this.#taken.push(index);
		return this.#fields.valueAt(index);
	}

	/** The text that a field is, if it is one and not empty; it remains. */
	text(name: string): string | undefined {
		const index = this.#fields.indexOf(name);
		return index < 0 || !this.#fields.isText(index)
			? undefined
			: stringIn(this.#fields.valueAt(index));
	}

	/** Whether there is a field with one of these names, in a set that never changes. */
	hasAny(names: ReadonlySet<string>): boolean {
		return this.#fields.names.hasAny(names);
	}

	/** How many fields are taken. */
	get mark(): number {
		return this.#taken.length;
	}

	/** Gives back what was taken since. */
	giveBack(mark: number): void {
		this.#taken.length = mark;
	}

	/** The fields that nobody took, as members of an object. null says the same as a missing field. */
	rest(): string {
		return this.#fields.members((index) => !this.#taken.includes(index));
	}
}

/** Members of a JSON object, of which either may be empty. */
export function joined(members: string, others: string): string {
	if (members === '' || others === '') return members + others;
	return `${members},${others}`;
}

/** A member of a JSON object; empty if there is no value. */
export function member(name: string, json: string | undefined): string {
	return json === undefined ? '' : `"${name}":${json}`;
}

/** A member after others; empty if there is no value. */
export function nextMember(name: string, json: string | undefined): string {
	return json === undefined ? '' : `,"${name}":${json}`;
}
