import type { Activity } from '../activity/activity';
import { parseInstant } from '../instant';
import type { FieldNames } from '../json/field-names';
import { JsonFields } from '../json/json-fields';
import { KnownValues } from '../json/known-values';
import { viewed } from '../json/views';
import type { Format } from './format';
import { isBegunObject } from './json-line';
import {
	type Compose,
	type Ingredients,
	type KnownActor,
	knownActor,
	LineTemplate,
	type Parts,
} from './line-template';
import { Lines } from './lines';
import { Reading } from './reading';

/** No UTF-16 unit takes more bytes in UTF-8. */
const LONGEST_UNIT = 3;
/** How much longer a line is than its record, in bytes. A guess. */
const USUAL_ADDITION = 700;
const NEWLINE = 0x0a;

/** The feed may send any names, types and values, so the templates are bounded: in bytes, all of them… */
const MOST_MEMORY = 20_000_000;
/** …and each one that cannot be made. */
const NO_TEMPLATE = 300;
/** In UTF-16 units. Types are much shorter. */
const LONGEST_TYPE = 64;
/** In bytes. Longer records are rare, and not worth room for the longest line that they could be. */
const LONGEST_RECORD = 65_536;
/** Of records with the same names and type: if they are of more kinds, most kinds do not recur. */
const MOST_OF_A_TYPE = 32;

/** How a format makes lines. */
interface Composition<Actor extends Parts> {
	/** @param json the actor of a record, an object as JSON text */
	readonly readActor: (json: string) => Actor;
	readonly compose: Compose<Actor>;
	/** How it writes `created_at`, in ASCII; missing if it only copies the text. */
	readonly timeOf?: (instant: number) => string;
	/** How a part of an actor is in a line; missing if as it is. */
	readonly partOf?: (part: string) => string;
}

/** The lines of a format that may hold the record's own text. */
interface LinesWithOriginal {
	/** The line of a record, without its newline. */
	readonly line: (json: string, hasOriginal: boolean) => string;
	readonly format: Format;
}

/** @param compose as in a `Composition`; the line holds the record's own text, or not */
export function linesWithOriginal<Actor extends Parts>(
	others: Omit<Composition<Actor>, 'compose'>,
	compose: (ingredients: Ingredients<Actor>, hasOriginal: boolean) => string,
	idOf: Format['idOf'],
): LinesWithOriginal {
	const [usual, withOriginal] = [false, true].map((hasOriginal) => {
		return new LineWriter({
			...others,
			compose: (ingredients) => compose(ingredients, hasOriginal),
		});
	}) as [LineWriter<Actor>, LineWriter<Actor>];
	return {
		line: (json, hasOriginal) => (hasOriginal ? withOriginal : usual).line(json),
		format: { ...usual.format(idOf), withOriginal: withOriginal.format(idOf) },
	};
}

/** What is known of the records with the same names. */
interface Kinds {
	readonly actorIndex: number;
	/** By type; `undefined` for a kind without a template. */
	readonly byType: Map<string, (LineTemplate | undefined)[]>;
}

/** Writes activities as lines of JSON. */
export class LineWriter<Actor extends Parts> {
	readonly #actors: KnownValues<KnownActor<Actor>>;
	/** By the number of the names of the record's fields. */
	readonly #kinds: Kinds[] = [];
	/** How much memory the templates take, in bytes. */
	#memory = 0;
	readonly #lines = new Lines();
	/** The lines' memory. */
	#bytes = this.#lines.bytes;
	#viewed = viewed(this.#bytes);

	constructor(private readonly composition: Composition<Actor>) {
		const { readActor, partOf = (part) => part } = composition;
		this.#actors = new KnownValues((json) => knownActor(readActor(json), partOf));
	}

	/** The format of these lines. */
	format(idOf: Format['idOf']): Format {
		return { encode: (activities) => this.encode(activities), idOf, isBegun: isBegunObject };
	}

	/** The line of a record, without its newline. */
	line(json: string): string {
		const fields = JsonFields.of(json);
		const record = new Reading(fields);
		const time = parseInstant(record.text('created_at') ?? '');
		return this.composition.compose({
			record,
			type: record.text('type') ?? '',
			actor: this.#actorAt(fields.indexOf('actor'), fields)?.actor,
			time: time === undefined ? undefined : this.#timeOf(time),
		});
	}

	/**
	 * A line for each activity. Each is written at once: thousands of lines would take long to clean up, and
	 * a single character beyond Latin-1 would make all of them as slow as itself.
	 *
	 * @returns memory that the next call uses again
	 */
	encode(activities: readonly Activity[]): Buffer {
		this.#lines.begin(activities.reduce((sum, { length }) => sum + length + USUAL_ADDITION, 0));
		let at = 0;
		const fields = new JsonFields();
		for (const activity of activities) {
			const { type, createdAt } = activity;
			activity.readFields(fields);
			const kinds = this.#kindsOf(fields.names);
			const actor = this.#actorAt(kinds.actorIndex, fields);
			const time = this.#timeOf(createdAt);
			const template = this.#templateFor(fields, type, actor, kinds);
			if (template !== undefined) {
				this.#makeRoom(template.most(fields, actor), at);
				at = template.write(fields, actor, time, this.#viewed, at);
			} else {
				const record = new Reading(fields);
				const line = this.composition.compose({ record, type, actor: actor?.actor, time });
				this.#makeRoom(line.length * LONGEST_UNIT, at);
				at += this.#bytes.write(line, at);
			}
			this.#bytes[at++] = NEWLINE;
		}
		return this.#bytes.subarray(0, at);
	}

	/** Makes room for a line behind those that there are. */
	#makeRoom(length: number, at: number): void {
		const lines = this.#lines;
		lines.makeRoom(length + 1, at);
		if (lines.bytes === this.#bytes) return;
		this.#bytes = lines.bytes;
		this.#viewed = viewed(lines.bytes);
	}

	#actorAt(index: number, fields: JsonFields): KnownActor<Actor> | undefined {
		return index >= 0 && fields.isObject(index) ? fields.known(index, this.#actors) : undefined;
	}

	#timeOf(instant: number): string {
		return this.composition.timeOf?.(instant) ?? '';
	}

	#templateFor(
		fields: JsonFields,
		type: string,
		actor: KnownActor<Actor> | undefined,
		{ byType }: Kinds,
	): LineTemplate | undefined {
		if (!fields.isPlain || fields.names.number === undefined) return undefined;
		if (type.length > LONGEST_TYPE || fields.length > LONGEST_RECORD) return undefined;
		const ofType = byType.get(type) ?? [];
		for (const template of ofType) {
			if (template?.fits(fields, actor)) return template.holds(fields) ? template : undefined;
		}
		if (ofType.length === MOST_OF_A_TYPE || this.#memory > MOST_MEMORY) return undefined;
		const template = LineTemplate.of(fields, type, actor, this.composition.compose);
		ofType.push(template);
		byType.set(type, ofType);
		this.#memory += template?.size ?? NO_TEMPLATE;
		return template?.holds(fields) ? template : undefined;
	}

	#kindsOf(names: FieldNames): Kinds {
		const { number } = names;
		if (number === undefined) return kindsOf(names);
		return (this.#kinds[number] ??= kindsOf(names));
	}
}

function kindsOf(names: FieldNames): Kinds {
	return { actorIndex: names.indexOf('actor'), byType: new Map() };
}
