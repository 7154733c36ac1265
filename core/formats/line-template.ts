import { exactJson } from '../json/exact-json';
import { JsonFields } from '../json/json-fields';
import { BEYOND, copyBytes, type Viewed, viewed } from '../json/views';
import { type Looks, Reading } from './reading';

/**
 * What an actor says, as texts for a line, always under the same names. A composition copies them, and
 * otherwise only asks which of them there are: whatever else decides is decided as the actor is read.
 */
export type Parts = Readonly<Record<string, string | null | undefined>>;

/** What a line is composed of. */
export interface Ingredients<Actor extends Parts> {
	readonly record: Reading;
	/** `type`; empty if the record has none. */
	readonly type: string;
	/** `undefined` if the record has none. */
	readonly actor: Actor | undefined;
	/** `created_at` as the format writes it; `undefined` if nobody can read it. */
	readonly time: string | undefined;
}

/** Composes a line without its newline. */
export type Compose<Actor extends Parts> = (ingredients: Ingredients<Actor>) => string;

/** An actor that was read. */
export interface KnownActor<Actor extends Parts> {
	readonly actor: Actor;
	/** Bits of the parts that there are. */
	readonly there: number;
	/** The parts as they are in a line, one after the other: memory in one piece is read faster. */
	readonly parts: Viewed;
	/** Where each part begins, and the place behind the last one. */
	readonly starts: readonly number[];
}

// Characters that stand for what differs between the records of a kind.
const FIRST_FIELD = 0xe000;
const FIRST_PART = 0xe800;
const TIME_MARK = 0xeffe;
const ACTOR_MARK = 0xefff;
const MARK = /[\ue000-\uefff]/;

/** In bytes. What decides is short: words, numbers, switches. */
const LONGEST_FIXED = 64;
/** Each of these texts is compared with each other one. */
const MOST_DIFFERENT = 12;
/** Of the objects of a template, in bytes. A guess. */
const OVERHEAD = 1000;
/** More than any time has, in bytes. */
const LONGEST_TIME = 40;

// What follows a constant in a line.
const NOTHING = 0;
const COPY = 1;
const PART = 2;
const TIME = 3;

/** Of the numbers that a piece has. */
const WIDTH = 5;

interface Pieces {
	/** All that is the same in all lines, one after the other: memory in one piece is read faster. */
	readonly constants: string;
	/** For each piece where its constant begins and ends, what follows it, and two numbers: which fields or parts. */
	readonly pieces: readonly number[];
}

/**
 * How the records of one kind become lines: what is the same in all of them, and what is copied from where.
 * It is found by composing the line of a record that has marks instead of its texts, and by noting what the
 * composition looks at. So it writes, byte for byte, what the composition returns, in a fraction of the time.
 */
export class LineTemplate {
	readonly #constants: Viewed;
	readonly #pieces: Int32Array;
	/** How many times something is copied from the record or its actor, at most. */
	readonly #copies: number;

	/**
	 * @param partsThere `undefined` without an actor
	 * @param texts bits of the places of texts that may be any
	 * @param nulls bits of the places of null
	 * @param fixed other values that have to be as they are here, with their places
	 * @param different places of texts of which no two may be the same
	 */
	private constructor(
		private readonly partsThere: number | undefined,
		private readonly texts: number,
		private readonly nulls: number,
		private readonly fixed: readonly (readonly [index: number, json: Viewed])[],
		private readonly different: readonly number[],
		{ constants, pieces }: Pieces,
	) {
		this.#constants = copiable([Buffer.from(constants)]);
		this.#pieces = Int32Array.from(pieces);
		this.#copies = pieces.length / WIDTH;
	}

	/**
	 * The template for records like this one; `undefined` if they have no common one.
	 *
	 * @param fields plain, with names that all records share
	 * @param actor `undefined` if the record has none
	 */
	static of<Actor extends Parts>(
		fields: JsonFields,
		type: string,
		actor: KnownActor<Actor> | undefined,
		compose: Compose<Actor>,
	): LineTemplate | undefined {
		const indices = [...fields.names.list.keys()];
		const actorIndex = actor === undefined ? -1 : fields.indexOf('actor');
		// Records of another type have another template.
		const typeIndex = fields.indexOf('type');
		const looks: Looks = { at: new Set([typeIndex]), compared: false, atAll: false };
		let line: string;
		let fixed: number[];
		// What is looked at has to be there as it is, which may let the composition look at more.
		do {
			fixed = indices.filter(
				(index) => index !== actorIndex && (!fields.isText(index) || looks.at.has(index)),
			);
			const json = markedJson(fields, fixed, actorIndex);
			if (json === undefined) return undefined;
			const record = new Reading(JsonFields.of(json), looks);
			line = compose({
				record,
				type,
				actor: actor && marked(actor.actor),
				time: markOf(TIME_MARK),
			});
			if (looks.atAll || line.includes(markOf(ACTOR_MARK))) return undefined;
		} while (indices.some((index) => looks.at.has(index) && !fixed.includes(index)));
		const texts = indices.filter((index) => fields.isText(index));
		if (looks.compared && texts.length > MOST_DIFFERENT) return undefined;
		return new LineTemplate(
			actor?.there,
			texts.reduce((bits, index) => (fixed.includes(index) ? bits : bits | (1 << index)), 0),
			indices.reduce((bits, index) => (fields.isNull(index) ? bits | (1 << index) : bits), 0),
			fixed
				.filter((index) => !fields.isNull(index) && !(index === typeIndex && fields.isText(index)))
				.map((index) => [index, viewed(Buffer.from(fields.valueAt(index)))] as const),
			looks.compared ? texts : [],
			piecesOf(line, fields.names.list),
		);
	}

	/** How much memory it takes, in bytes. */
	get size(): number {
		return this.#constants.length + this.#pieces.byteLength + OVERHEAD;
	}

	/** Whether a record with the same names, and of the same type, is of this kind. */
	fits(fields: JsonFields, actor: KnownActor<Parts> | undefined): boolean {
		const { texts, fixed } = this;
		if (actor?.there !== this.partsThere) return false;
		if ((fields.texts & texts) !== texts || fields.nulls !== this.nulls) return false;
		for (const [index, json] of fixed) if (!fields.isAt(index, json)) return false;
		return true;
	}

	/** Whether a record of this kind becomes such a line. Where texts are the same, it may not. */
	holds(fields: JsonFields): boolean {
		const { different } = this;
		for (let at = 1; at < different.length; at++) {
			for (let other = 0; other < at; other++) {
				if (fields.areSame(different[at]!, different[other]!)) return false;
			}
		}
		return true;
	}

	/** The most room that a line takes: what is copied is a part of the record, or of its actor. */
	most(fields: JsonFields, actor: KnownActor<Parts> | undefined): number {
		const longest = fields.length + (actor?.parts.length ?? 0) + LONGEST_TIME;
		return this.#constants.length + this.#copies * longest;
	}

	/**
	 * Writes the line of a record of this kind for which it holds.
	 *
	 * @param target has room for it from `to` on
	 * @returns the place behind it
	 */
	write(
		fields: JsonFields,
		actor: KnownActor<Parts> | undefined,
		time: string,
		target: Viewed,
		to: number,
	): number {
		const pieces = this.#pieces;
		for (let at = 0; at < pieces.length; at += WIDTH) {
			to = copyBytes(this.#constants, pieces[at]!, pieces[at + 1]!, target, to);
			const what = pieces[at + 2];
			const first = pieces[at + 3]!;
			const last = pieces[at + 4]!;
			if (what === COPY) to = fields.copy(first, last, target, to);
			else if (what === PART) {
				const { parts, starts } = actor!;
				to = copyBytes(parts, starts[first]!, starts[last]!, target, to);
			} else if (what === TIME) {
				for (let digit = 0; digit < time.length; digit++) {
					target.view.setUint8(to++, time.charCodeAt(digit));
				}
			}
		}
		return to;
	}
}

/** The record with a mark for each of its texts that is not fixed; `undefined` if that cannot be. */
function markedJson(
	fields: JsonFields,
	fixed: readonly number[],
	actorIndex: number,
): string | undefined {
	const isOdd = (index: number) => {
		if (fields.isNested(index) || fields.end(index) - fields.start(index) > LONGEST_FIXED)
			return true;
		// A number that becomes text may be the same as a text of another record.
		const json = fields.valueAt(index);
		return exactJson(json) !== json;
	};
	if (fixed.some(isOdd)) return undefined;
	const members = fields.names.list.map((name, index) => {
		const isFixed = fixed.includes(index);
		const json = isFixed ? fields.valueAt(index) : `"${markOf(FIRST_FIELD + index)}"`;
		if (MARK.test(name) || (isFixed && MARK.test(json))) return undefined;
		return `${JSON.stringify(name)}:${index === actorIndex ? `{"":"${markOf(ACTOR_MARK)}"}` : json}`;
	});
	return members.includes(undefined) ? undefined : `{${members.join()}}`;
}

/** Takes a line with marks apart. */
function piecesOf(line: string, names: readonly string[]): Pieces {
	const pieces: number[] = [];
	let constants = '';
	let length = 0;
	let begin = 0;
	for (const { index: at, 0: mark } of line.matchAll(/[\ue000-\uefff]|$/g)) {
		const constant = line.slice(begin, at);
		begin = at + 1;
		const code = mark === '' ? undefined : mark.charCodeAt(0);
		const field = code !== undefined && code < FIRST_PART ? code - FIRST_FIELD : -1;
		const isNext = field > 0 && pieces.at(-3) === COPY && pieces.at(-1) === field - 1;
		// In the record, too, the one field follows the other.
		if (isNext && constant === `",${JSON.stringify(names[field])}:"`) {
			pieces[pieces.length - 1] = field;
			continue;
		}
		const end = length + Buffer.byteLength(constant);
		pieces.push(length, end);
		constants += constant;
		length = end;
		if (code === undefined) pieces.push(NOTHING, 0, 0);
		else if (field >= 0) pieces.push(COPY, field, field);
		else if (code === TIME_MARK) pieces.push(TIME, 0, 0);
		else pieces.push(PART, code - FIRST_PART, code - FIRST_PART + 1);
	}
	return { constants, pieces };
}

/** @param written a part as it is in a line */
export function knownActor<Actor extends Parts>(
	actor: Actor,
	written: (part: string) => string,
): KnownActor<Actor> {
	const parts = Object.values(actor).map((part) => Buffer.from(written(part ?? '')));
	const starts = [0];
	for (const [index, part] of parts.entries()) starts.push(starts[index]! + part.length);
	const there = parts.reduce(
		(bits, { length }, index) => (length > 0 ? bits | (1 << index) : bits),
		0,
	);
	return { actor, there, parts: copiable(parts), starts };
}

/** The bytes one after the other, for `copyBytes`. */
function copiable(parts: readonly Uint8Array[]): Viewed {
	return viewed(Buffer.concat([...parts, Buffer.alloc(BEYOND)]));
}

/** The actor with marks instead of its parts. */
function marked<Actor extends Parts>(actor: Actor): Actor {
	const entries = Object.entries(actor).map(([name, part], index) => {
		return [name, (part ?? '') === '' ? part : markOf(FIRST_PART + index)] as const;
	});
	return Object.fromEntries(entries) as Actor;
}

function markOf(code: number): string {
	return String.fromCharCode(code);
}
