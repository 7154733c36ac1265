import { type Format, raw } from '../../core';
import type { Inputs } from '../inputs';

/** A format, and how the names of its files end. */
export interface FileFormat {
	readonly format: Format;
	readonly ending: string;
}

/** The formats of the files. Those that a run does not write are not loaded. */
export async function openFormats({
	formats: names,
	includeOriginal,
}: Pick<Inputs, 'formats' | 'includeOriginal'>): Promise<readonly FileFormat[]> {
	return await Promise.all(
		names.map(async (name) => {
			// Raw lines are the default, so their files have the plain name.
			if (name === 'raw') return { format: raw, ending: '.ndjson' };
			const { formats } = await import('./further-formats');
			const format = formats[name];
			return {
				format: includeOriginal ? (format.withOriginal ?? format) : format,
				ending: `.${name}.ndjson`,
			};
		}),
	);
}
