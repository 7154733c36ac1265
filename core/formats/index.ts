import { ecs } from './ecs/ecs';
import { flat } from './flat';
import type { Format, FormatName } from './format';
import { ocsf } from './ocsf/ocsf';
import { raw } from './raw';

/** All formats, by name. */
export const formats: Readonly<Record<FormatName, Format>> = { raw, flat, ocsf, ecs };
