import { parseExactly } from '../json/exact-json';
import { type JsonFields, stringIn } from '../json/json-fields';
import { fieldsOf } from '../json/json-value';

/**
 * What a reader has looked at in an object. It always sees which fields there are, and which of them are
 * texts, and it may copy texts. Everything else that decides what comes of the object is noted here.
 */
export interface Looks {
	/** Places of fields whose values it looked at. */
	readonly at: Set<number>;
	/** Whether it asked which texts are the same. */
	compared: boolean;
	/** Whether it looked at the whole object. */
	atAll: boolean;
}

/**
 * An object of a record, from which fields are taken. Those that nobody took remain, so that nothing gets
 * lost. Values go in and out as JSON text, which is what a format writes.
 */
export class Reading {
	/** Places of fields. Few are taken, so a list is faster than a set. */
	readonly #taken: number[] = [];

	/** @param looks notes what is looked at */
	constructor(
		private readonly fields: JsonFields,
		private readonly looks?: Looks,
	) {}

	/** Takes a field if it is a text that is not empty. */
	take(name: string): string | undefined {
		const index = this.#textAt(name);
		if (index < 0) return undefined;
		this.#taken.push(index);
		return this.fields.valueAt(index);
	}

	/** Takes a field if it is a text of which something holds. */
	takeIf(name: string, holds: (text: string) => boolean): string | undefined {
		const text = this.text(name);
		return text !== undefined && holds(text) ? this.take(name) : undefined;
	}

	/** Takes a field if it is a number that HTTP has for a status. */
	takeStatusCode(name: string): string | undefined {
		const index = this.fields.indexOf(name);
		if (index < 0) return undefined;
		const value = this.fields.valueAt(index);
		if (!/^[1-9]\d\d$/.test(value)) return undefined;
		this.#taken.push(index);
		return value;
	}

	/** Takes the first of these fields that holds this text. */
	takeWith(names: readonly string[], text: string): void {
		if (this.looks) this.looks.compared = true;
		const index = names
			.map((name) => this.#textAt(name))
			.find((each) => each >= 0 && stringIn(this.fields.valueAt(each)) === text);
		if (index !== undefined) this.#taken.push(index);
	}

	/** Takes an object, as JSON text. */
	takeObject(name: string): string | undefined {
		const index = this.fields.indexOf(name);
		if (index < 0 || !this.fields.isObject(index)) return undefined;
		this.#taken.push(index);
		return this.fields.valueAt(index);
	}

	/** A field as JSON text, if it is a text that is not empty; it remains. */
	peek(name: string): string | undefined {
		const index = this.#textAt(name);
		return index < 0 ? undefined : this.fields.valueAt(index);
	}

	/** The text that a field is, if it is one and not empty; it remains. */
	text(name: string): string | undefined {
		const index = this.#textAt(name);
		if (index < 0) return undefined;
		this.looks?.at.add(index);
		return stringIn(this.fields.valueAt(index));
	}

	/**
	 * The values of some fields, as parsed from JSON; they remain. null is left out. Numbers that JavaScript
	 * would round are text.
	 *
	 * @param isCopied further fields by name: their texts are only copied, and compared with each other
	 */
	values(
		names: ReadonlySet<string>,
		isCopied: (name: string) => boolean = () => false,
	): Record<string, unknown> {
		const { list } = this.fields.names;
		if (this.looks) {
			this.looks.compared = true;
			for (const [index, name] of list.entries()) if (names.has(name)) this.looks.at.add(index);
		}
		const members = this.fields.members((index) => {
			const name = list[index]!;
			return names.has(name) || isCopied(name);
		});
		return fieldsOf(parseExactly(`{${members}}`));
	}

	/** Whether there is a field with one of these names, in a set that never changes. */
	hasAny(names: ReadonlySet<string>): boolean {
		return this.fields.names.hasAny(names);
	}

	/** The whole object as JSON text. */
	get json(): string {
		if (this.looks) this.looks.atAll = true;
		return this.fields.json;
	}

	/** How many fields are taken. */
	get takenCount(): number {
		return this.#taken.length;
	}

	/** Gives back what was taken since. */
	giveBack(takenCount: number): void {
		this.#taken.length = takenCount;
	}

	/** The fields that nobody took, as members of an object. null says the same as a missing field. */
	rest(): string {
		return this.fields.members((index) => !this.#taken.includes(index));
	}

	/** The place of a text that is not empty; -1 if there is no such field. */
	#textAt(name: string): number {
		const index = this.fields.indexOf(name);
		return index >= 0 && this.fields.isText(index) ? index : -1;
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
