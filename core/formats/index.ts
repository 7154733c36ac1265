import { ecs } from './ecs/ecs';
import { flat } from './flat';
import type { Format } from './format';
import { ocsf } from './ocsf/ocsf';
import { raw } from './raw';

export type FormatName = 'raw' | 'flat' | 'ocsf' | 'ecs';

/** All formats, by name. */
export const formats: Readonly<Record<FormatName, Format>> = { raw, flat, ocsf, ecs };
