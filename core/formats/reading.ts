import { isText, JsonFields, stringIn } from '../json/json-fields';

/**
 * An object of a record, from which fields are taken. Those that nobody took remain, so that nothing gets
 * lost. Values go in and out as JSON text, which is what a format writes.
 */
export class Reading {
	readonly #fields: JsonFields;
	/** Names of fields. Few are taken, so a list is faster than a set. */
	readonly #taken: string[] = [];

	/** @param json without insignificant white space; anything but an object has no fields */
	constructor(readonly json: string) {
		this.#fields = new JsonFields(json);
	}

	/** Takes a field if it is a text that is not empty. */
	take(name: string): string | undefined {
		const value = this.#fields.value(name);
		if (!isText(value)) return undefined;
		this.#taken.push(name);
		return value;
	}

	/** Takes a field if it is a text of which something holds. */
	takeIf(name: string, holds: (text: string) => boolean): string | undefined {
		const text = this.text(name);
		return text !== undefined && holds(text) ? this.take(name) : undefined;
	}

	/** Takes a field if it is a number that HTTP has for a status. */
	takeStatusCode(name: string): string | undefined {
		const value = this.#fields.value(name);
		if (value === undefined || !/^[1-9]\d\d$/.test(value)) return undefined;
		this.#taken.push(name);
		return value;
	}

	/** Takes the first of these fields that holds this text. */
	takeWith(names: readonly string[], text: string): void {
		const name = names.find((field) => this.text(field) === text);
		if (name !== undefined) this.take(name);
	}

	/** Takes an object. */
	takeObject(name: string): Reading | undefined {
		const value = this.#fields.value(name);
		if (!value?.startsWith('{')) return undefined;
		this.#taken.push(name);
		return new Reading(value);
	}

	/** The text that a field is, if it is one and not empty; it remains. */
	text(name: string): string | undefined {
		const value = this.#fields.value(name);
		return isText(value) ? stringIn(value) : undefined;
	}

	/** Whether there is a field with one of these names. */
	hasAny(names: ReadonlySet<string>): boolean {
		for (const name of this.#fields.names) if (names.has(name)) return true;
		return false;
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
		const fields = this.#fields;
		let members = '';
		for (let index = 0; index < fields.names.length; index++) {
			if (this.#taken.includes(fields.names[index]!) || fields.isNull(index)) continue;
			members = joined(members, fields.member(index));
		}
		return members;
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
