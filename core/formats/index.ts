import { flat } from './flat';
import type { Format } from './format';
import { raw } from './raw';

/** All formats, by name. */
export const formats = { raw, flat } as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
