import { closest } from '../activity/catalogue/closest';
import { documentedFields } from '../activity/catalogue/documented-fields';

/** What every activity has. */
const COMMON = ['id', 'type', 'created_at', 'organization_id', 'organization_uuid', 'actor'];

/** What users have. */
const OF_ACTORS = ['user_id', 'email_address', 'ip_address', 'user_agent'];

/**
 * Why a path may be a mistake: the reference gives it to none of these types.
 *
 * @param path checked names of fields, joined by dots; only the first one is compared
 * @returns a sentence; `undefined` if a type has the field, or may have it
 */
export function doubtAbout(path: string, types: readonly string[]): string | undefined {
	const names = new Set(COMMON);
	for (const type of types) {
		// A new type, or one whose fields are not documented, may have any.
		if (!Object.hasOwn(documentedFields, type)) return undefined;
		for (const name of documentedFields[type]!.split(' ')) names.add(name);
	}
	const [name = '', ...others] = path.split('.');
	if (names.has(name)) return undefined;
	const meant = OF_ACTORS.includes(name) ? `actor.${name}` : closest(name, names);
	const question = meant ? ` Did you mean ${[meant, ...others].join('.')}?` : '';
	const which = types.length === 1 ? types[0] : 'any of these types';
	return `The reference has no field ${name} of ${which}.${question}`;
}
