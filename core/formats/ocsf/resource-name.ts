import type { Reading } from '../reading';

/** What a record says of the thing that its type is about. */
export interface NamedResource {
	/** As JSON text. */
	readonly uid: string | undefined;
	/** As JSON text. */
	readonly name: string | undefined;
	/** Such as `claude_chat`. */
	readonly type: string;
	/** Whether it is the subject of the type itself, not what the subject belongs to. */
	readonly isWhole: boolean;
}

/** A field that may hold the id, and those that then hold the name. */
interface Candidate {
	readonly idField: string;
	readonly nameFields: readonly string[];
	readonly type: string;
	readonly isWhole: boolean;
}

/**
 * Finds the id and the name of what a type is about in its records. Fields are named after the words of
 * the type: of `platform_memory_version_redacted`, `memory_version_id` is the subject's id, and `memory_id`
 * that of what it belongs to.
 */
export class ResourceName {
	readonly #candidates: readonly Candidate[];
	readonly #nameFields: readonly string[];
	readonly #subject: string;

	/**
	 * @param subject the words that the type is about
	 * @param idField the field with the id, where its name does not follow from the words
	 */
	constructor(subject: readonly string[], idField?: string) {
		this.#subject = subject.join('_');
		this.#candidates = [
			...(idField === undefined ? [] : [candidate(idField.replace(/_id$/, ''), idField, true)]),
			...candidatesOf(subject),
		];
		this.#nameFields = [...new Set(this.#candidates.flatMap(({ nameFields }) => nameFields))];
	}

	/** Takes them. Without an id, only the type is left, and the name if the record has one. */
	take(record: Reading): NamedResource {
		for (const { idField, nameFields, type, isWhole } of this.#candidates) {
			const uid = record.take(idField);
			if (uid !== undefined) return { uid, name: first(record, nameFields), type, isWhole };
		}
		const name = first(record, this.#nameFields);
		return { uid: undefined, name, type: this.#subject, isWhole: true };
	}
}

function first(record: Reading, fields: readonly string[]): string | undefined {
	for (const field of fields) {
		const text = record.take(field);
		if (text !== undefined) return text;
	}
	return undefined;
}

/** The candidates that end with the subject come first, and of these the longest. */
function candidatesOf(subject: readonly string[]): Candidate[] {
	const candidates: Candidate[] = [];
	for (let end = subject.length; end > 0; end--) {
		for (let start = 0; start < end; start++) {
			const stem = subject.slice(start, end).join('_');
			const isWhole = end === subject.length;
			candidates.push(candidate(stem, `${stem}_id`, isWhole));
			// Of a `claude_project_file`, the id is `claude_file_id`.
			if (start > 0 && subject[0] === 'claude') {
				candidates.push(candidate(`claude_${stem}`, `claude_${stem}_id`, isWhole));
			}
		}
	}
	return candidates;
}

function candidate(stem: string, idField: string, isWhole: boolean): Candidate {
	const ofContent = /(^|_)(document|file)$/.test(stem)
		? ['filename']
		: /(^|_)artifact$/.test(stem)
			? ['title']
			: [];
	const names = [...ofContent, `${stem.replace(/^claude_/, '')}_name`, 'display_name'];
	return { idField, nameFields: isWhole ? names : [], type: stem, isWhole };
}
