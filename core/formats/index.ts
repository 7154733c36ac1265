import { ecs } from './ecs/ecs';
import { flat } from './flat';
import type { Format } from './format';
import { ocsf } from './ocsf/ocsf';
import { raw } from './raw';

/** All formats, by name. */
export const formats: Readonly<Record<'raw' | 'flat' | 'ocsf' | 'ecs', Format>> = {
	raw,
	flat,
	ocsf,
	ecs,
};
