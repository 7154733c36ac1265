import { isTextAt, type Viewed, viewed } from './views';

/** What is shared is kept for good, so it is bounded: the feed may send any names. */
const MAX_SHARED = 10_000;
const MAX_SHARED_COUNT = 50;
/** Names are compared with so many at most. */
const MOST_USUAL = 16;
/** In UTF-16 units. */
const MAX_SHARED_LENGTH = 100;

const NO_TEXT = viewed(Buffer.alloc(0));

let shared = 0;

/**
 * The names of the fields of an object, each once, in their order. Objects with the same names share them,
 * so most names are compared with what came there before, and not read.
 */
export class FieldNames {
	/** No names yet. */
	static readonly NONE = new FieldNames([], NO_TEXT, 0);

	readonly #next = new Map<string, FieldNames>();
	/** Some of these, those first that were asked for most. */
	readonly #usual: FieldNames[] = [];
	#indices: Map<string, number> | undefined;
	#answers: Map<ReadonlySet<string>, boolean> | undefined;

	private constructor(
		readonly list: string[],
		/** The last name as JSON text, with its colon. */
		readonly last: Viewed,
		/** If all objects with these names have this very list, its number; they are small. */
		readonly number: number | undefined,
	) {}

	/** The place of a name; -1 if it is none of these. */
	indexOf(name: string): number {
		this.#indices ??= new Map(this.list.map((each, index) => [each, index]));
		return this.#indices.get(name) ?? -1;
	}

	/** Whether one of these names is in a set that never changes. */
	hasAny(names: ReadonlySet<string>): boolean {
		this.#answers ??= new Map();
		let has = this.#answers.get(names);
		if (has === undefined) {
			has = this.list.some((name) => names.has(name));
			this.#answers.set(names, has);
		}
		return has;
	}

	/**
	 * These names and the one at a place in JSON, if it has come after them before. Only known names are
	 * compared, and none is read.
	 */
	followedAt(bytes: Viewed, start: number): FieldNames | undefined {
		const usual = this.#usual;
		for (let at = 0; at < usual.length; at++) {
			const next = usual[at]!;
			if (!isTextAt(next.last, bytes, start)) continue;
			if (at > 0) {
				usual[at] = usual[at - 1]!;
				usual[at - 1] = next;
			}
			return next;
		}
		return undefined;
	}

	/** These names and one that is none of them. Names that nobody shares become them. */
	with(name: string): FieldNames {
		if (this.number === undefined) {
			this.#indices?.set(name, this.list.length);
			this.list.push(name);
			return this;
		}
		const known = this.#next.get(name);
		if (known !== undefined) return known;
		const isRoom = shared < MAX_SHARED && this.list.length < MAX_SHARED_COUNT;
		if (!isRoom || name.length > MAX_SHARED_LENGTH) {
			return new FieldNames([...this.list, name], NO_TEXT, undefined);
		}
		const last = viewed(Buffer.from(`${JSON.stringify(name)}:`));
		const next = new FieldNames([...this.list, name], last, ++shared);
		this.#next.set(name, next);
		if (this.#usual.length < MOST_USUAL) this.#usual.push(next);
		return next;
	}
}
