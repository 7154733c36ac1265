import { closest } from '../activity/catalogue/closest';
import { isKnownActivityType, suggestActivityType } from '../activity/catalogue/catalogue';
import { severities } from '../activity/severity-scale';
import { isObject } from '../json/json-value';
import { MAX_COUNTING_WATCHES } from './counters';
import { doubtsAbout } from './doubts';
import type { Remark } from './remark';
import { MAX_COUNT, MAX_DISTINCT, type Operator, type Watch, windowOf } from './watch';

/** The most watches in a file. */
const MAX_WATCHES = 200;
/** The most types, conditions, or values of a condition. */
const MAX_ENTRIES = 200;
/** In UTF-16 units. */
const MAX_TEXT = 500;
const MAX_ID = 64;

/** What a file of watches says. */
export interface ParsedWatches {
	/** The default watches as the file changes them, then its own ones. Only for use if nothing is wrong. */
	readonly watches: readonly Watch[];
	/** What is wrong: of each thing, first what is missing. Of very much, it has the beginning. */
	readonly problems: readonly Remark[];
	/** What may be a mistake. */
	readonly warnings: readonly Remark[];
}

/**
 * Reads own and changed watches: `{ watches: [...] }`, each with the fields of `Watch`.
 *
 * A watch with the id of a default one changes the fields that it gives, and keeps the others;
 * `enabled: false` switches it off. Any other watch needs id, title, severity, why and types.
 *
 * @param value the parsed content of a file, such as YAML; it is untrusted
 */
export function parseWatches(value: unknown, defaults: readonly Watch[]): ParsedWatches {
	return new Reading(defaults).read(value);
}

/** The most that is kept of what is wrong, and of what is doubtful: a file may say one thing many times. */
const MAX_REMARKS = 1000;

type Fields = Record<string, unknown>;

/** What a new watch needs besides its severity, and a change of a default one rarely has. */
const newFields = ['title', 'why', 'types'];
const requiredFields = ['id', 'title', 'severity', 'why', 'types'];

/** How a field is read: complains if it has another form. */
type Check = (value: unknown, path: string) => void;

class Reading {
	readonly #problems: Remark[] = [];
	#complaints = 0;
	readonly #warnings: Remark[] = [];
	readonly #defaults: ReadonlyMap<string, Watch>;
	readonly #watches: Map<string, Watch>;

	constructor(defaults: readonly Watch[]) {
		this.#defaults = new Map(defaults.map((watch) => [watch.id, watch]));
		this.#watches = new Map(this.#defaults);
	}

	read(value: unknown): ParsedWatches {
		const checkList: Check = (list, path) => {
			if (!this.#isList(list, path, 0, MAX_WATCHES)) return;
			const ids = new Set<string>();
			list.forEach((each, index) => this.#watch(each, `${path}[${index}]`, ids));
		};
		this.#fields(value, '', { watches: checkList }, ['watches']);
		const watches = [...this.#watches.values()];
		const counting = watches.filter(({ threshold, after }) => threshold ?? after).length;
		if (counting > MAX_COUNTING_WATCHES) {
			this.#complain(
				'watches',
				`At most ${MAX_COUNTING_WATCHES} watches may have a threshold or an earlier activity, but ${counting} have.`,
			);
		}
		return { watches, problems: this.#problems, warnings: this.#warnings };
	}

	#watch(value: unknown, path: string, ids: Set<string>): void {
		const id = isObject(value) && typeof value.id === 'string' ? value.id : '';
		const before = this.#defaults.get(id);
		const checks: Record<string, Check> = {
			id: (each, at) => this.#id(each, at, ids),
			title: this.#text,
			severity: this.#oneOf(severities),
			why: this.#text,
			types: this.#types,
			conditions: this.#conditions,
			threshold: this.#threshold,
			after: this.#after,
			seenAt: this.#texts,
			enabled: (each, at) => {
				if (typeof each !== 'boolean') this.#complain(at, 'This must be true or false.');
			},
		};
		const complaints = this.#complaints;
		const isChange = isObject(value) && !newFields.some((name) => Object.hasOwn(value, name));
		if (before === undefined && id !== '' && isChange) {
			const closestId = closest(id, this.#defaults.keys());
			const meant = closestId === undefined ? '' : ` Did you mean ${closestId}?`;
			this.#complain(
				`${path}.id`,
				`No default watch has this id; docs/watches.md lists them.${meant} A new watch needs ${requiredFields.join(', ')}.`,
			);
			return;
		}
		const required = before ? ['id'] : requiredFields;
		if (!this.#fields(value, path, checks, required)) return;
		if (this.#complaints > complaints) return;
		const { enabled, ...fields } = value;
		// Each field was checked above.
		const watch = { ...before, ...fields } as unknown as Watch;
		this.#together(watch, path);
		if (enabled === false) {
			this.#watches.delete(id);
			return;
		}
		this.#watches.set(id, watch);
		for (const doubt of doubtsAbout(watch)) {
			this.#warn(`${path}.${doubt.path}`, doubt.message);
		}
	}

	/** What no field shows alone. */
	#together({ types, threshold, after }: Watch, path: string): void {
		if (threshold && after) {
			this.#complain(`${path}.after`, 'A watch may have threshold or after, not both.');
		}
		if (after?.types.some((type) => types.includes(type))) {
			this.#complain(
				`${path}.after.types`,
				'A type of the earlier activity may not be one of the watch itself.',
			);
		}
	}

	#id(value: unknown, path: string, ids: Set<string>): void {
		if (
			typeof value !== 'string' ||
			value.length > MAX_ID ||
			!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(value)
		) {
			this.#complain(
				path,
				`An id is lower-case words joined by hyphens, of at most ${MAX_ID} characters.`,
			);
		} else if (ids.has(value)) {
			this.#complain(path, 'Another watch of the file has this id.');
		} else ids.add(value);
	}

	readonly #threshold: Check = (value, path) => {
		const count: Check = (number, at) => {
			const most = isObject(value) && value.distinct !== undefined ? MAX_DISTINCT : MAX_COUNT;
			const isCount = Number.isInteger(number) && Number(number) >= 2 && Number(number) <= most;
			if (!isCount) this.#complain(at, `This must be a whole number from 2 to ${most}.`);
		};
		const checks = { count, within: this.#within, by: this.#path, distinct: this.#path };
		this.#fields(value, path, checks, ['count', 'within', 'by']);
	};

	readonly #after: Check = (value, path) => {
		const checks = {
			types: this.#types,
			conditions: this.#conditions,
			within: this.#within,
			by: this.#path,
		};
		this.#fields(value, path, checks, ['types', 'within', 'by']);
	};

	readonly #conditions: Check = (value, path) => {
		if (!this.#isList(value, path, 0, MAX_ENTRIES)) return;
		value.forEach((condition, index) => this.#condition(condition, `${path}[${index}]`));
	};

	#condition(value: unknown, path: string): void {
		const operator = isObject(value) ? value.operator : undefined;
		const isKnown = typeof operator === 'string' && Object.hasOwn(this.#values, operator);
		const checkValue = isKnown ? this.#values[operator as Operator] : undefined;
		const checks: Record<string, Check> = {
			path: this.#path,
			operator: this.#oneOf(Object.keys(this.#values)),
			// Without a known operator, nobody knows what the value should be.
			...(checkValue !== null && { value: checkValue ?? (() => undefined) }),
		};
		this.#fields(value, path, checks, ['path', 'operator', ...(checkValue ? ['value'] : [])]);
	}

	readonly #within: Check = (value, path) => {
		if (typeof value === 'string' && windowOf(value) !== undefined) return;
		this.#complain(path, 'This must be a time from 5m to 7d, such as 10m, 24h or 7d.');
	};

	readonly #path: Check = (value, path) => {
		if (
			typeof value === 'string' &&
			value.length <= 200 &&
			/^[a-z_]\w*(\.[a-z_]\w*)*$/i.test(value)
		) {
			return;
		}
		this.#complain(path, 'This must be names of fields joined by dots, such as actor.user_agent.');
	};

	readonly #text: Check = (value, path) => {
		if (typeof value === 'string' && value.trim() !== '' && value.length <= MAX_TEXT) return;
		this.#complain(path, `This must be a text of 1 to ${MAX_TEXT} characters.`);
	};

	readonly #texts: Check = (value, path) => {
		if (!this.#isList(value, path, 0, MAX_ENTRIES)) return;
		value.forEach((each, index) => this.#text(each, `${path}[${index}]`));
	};

	readonly #types: Check = (value, path) => {
		if (!this.#isList(value, path, 1, MAX_ENTRIES)) return;
		value.forEach((type, index) => this.#type(type, `${path}[${index}]`));
	};

	#type(type: unknown, path: string): void {
		if (typeof type !== 'string' || type.length > 100 || !/^[a-z][a-z0-9_]*$/.test(type)) {
			this.#complain(path, 'A type is lower-case words joined by _, such as claude_chat_created.');
		} else if (!isKnownActivityType(type)) {
			const suggestion = suggestActivityType(type);
			const question = suggestion ? ` Did you mean ${suggestion}?` : '';
			const message = `The type ${type} is not in this version's catalogue.${question}`;
			this.#warn(path, message);
		}
	}

	/** What `value` must be, by operator; `null` for none. */
	readonly #values: Readonly<Record<Operator, Check | null>> = {
		equals: this.#oneOrMore((value, path) => this.#scalar(value, path)),
		'not-equals': this.#oneOrMore((value, path) => this.#scalar(value, path)),
		'starts-with': this.#oneOrMore((value, path) => this.#text(value, path)),
		'contains-text': this.#oneOrMore((value, path) => this.#text(value, path)),
		exists: null,
		missing: null,
		'equals-field': this.#path,
		'not-equals-field': this.#path,
	};

	#scalar(value: unknown, path: string): void {
		if (typeof value === 'boolean') return;
		if (typeof value === 'number' && Number.isFinite(value)) {
			if (Number.isSafeInteger(value) || !Number.isInteger(value)) return;
			this.#complain(path, 'This number is too large to be exact. Write it in quotation marks.');
			return;
		}
		if (typeof value === 'string' && value.length <= MAX_TEXT) return;
		this.#complain(path, 'This must be a text, a number, true or false.');
	}

	#oneOrMore(check: Check): Check {
		return (value, path) => {
			if (!Array.isArray(value)) check(value, path);
			else if (this.#isList(value, path, 1, MAX_ENTRIES)) {
				value.forEach((each, index) => check(each, `${path}[${index}]`));
			}
		};
	}

	#oneOf(allowed: readonly string[]): Check {
		return (value, path) => {
			if (typeof value === 'string' && allowed.includes(value)) return;
			this.#complain(path, `This must be one of ${allowed.join(', ')}.`);
		};
	}

	#isList(value: unknown, path: string, least: number, most: number): value is unknown[] {
		if (Array.isArray(value) && value.length >= least && value.length <= most) return true;
		const size = least === 0 ? `at most ${most}` : `${least} to ${most}`;
		this.#complain(path, `This must be a list of ${size} entries.`);
		return false;
	}

	/** Checks the fields of an object, each by its own rule; no others are allowed. */
	#fields(
		value: unknown,
		path: string,
		checks: Readonly<Record<string, Check>>,
		required: readonly string[],
	): value is Fields {
		if (!isObject(value)) {
			const fields = required.length === 1 ? 'field' : 'fields';
			this.#complain(path, `This must have the ${fields} ${required.join(', ')}.`);
			return false;
		}
		const at = (name: string) => (path === '' ? name : `${path}.${name}`);
		for (const name of required) {
			if (!Object.hasOwn(value, name)) this.#complain(path, `The field ${name} is missing.`);
		}
		for (const [name, each] of Object.entries(value)) {
			if (Object.hasOwn(checks, name)) checks[name]!(each, at(name));
			else if (/^[\w-]{1,40}$/.test(name)) {
				this.#complain(
					at(name),
					`There is no such field here; possible are ${Object.keys(checks).join(', ')}.`,
				);
			} else this.#complain(path, 'A field has a name that no field here has.');
		}
		return true;
	}

	#warn(path: string, message: string): void {
		if (this.#warnings.length < MAX_REMARKS) this.#warnings.push({ path, message });
	}

	#complain(path: string, message: string): void {
		this.#complaints++;
		if (this.#problems.length < MAX_REMARKS) this.#problems.push({ path, message });
	}
}
