import { UserError } from '../errors';
import { fingerprint } from '../fingerprint';
import { type Instant, parseInstant } from '../instant';
import { type OrganizationMark, VARIES } from '../api/organization';

/**
 * A stored checkpoint before it is checked. It is untrusted input. Each method that reads a field
 * throws `invalid-checkpoint` if the field has another form.
 */
export type StoredFields = Record<string, unknown>;

/**
 * @returns the fields without their checksum
 * @throws UserError `invalid-checkpoint` if the checksum does not match
 */
export function requireWhole({ checksum, ...content }: StoredFields): StoredFields {
	if (checksum !== checksumOf(content)) throw invalid('its checksum does not match');
	return content;
}

/** Detects damage: a changed byte could otherwise change the meaning unnoticed. */
export function checksumOf(content: object): string {
	const sorted = Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1));
	return fingerprint(JSON.stringify(sorted));
}

export function readInstant(fields: StoredFields, name: string): Instant {
	const value = fields[name];
	const instant = typeof value === 'string' ? parseInstant(value) : undefined;
	if (instant === undefined) throw invalid(`its ${name} is not a date-time`);
	return instant;
}

export function readNullableInstant(fields: StoredFields, name: string): Instant | null {
	return fields[name] === null ? null : readInstant(fields, name);
}

export function readFingerprint(fields: StoredFields, name: string): string {
	const value = fields[name];
	if (typeof value !== 'string' || !/^[0-9a-f]{16}$/.test(value)) {
		throw invalid(`its ${name} is not a fingerprint`);
	}
	return value;
}

export function readOrganization(fields: StoredFields): OrganizationMark {
	const { organization } = fields;
	if (organization === null || organization === VARIES) return organization;
	return readFingerprint(fields, 'organization');
}

export function readFingerprints<Set>(
	fields: StoredFields,
	name: string,
	decode: (text: string) => Set | undefined,
): Set {
	const value = fields[name];
	const set = typeof value === 'string' ? decode(value) : undefined;
	if (!set) throw invalid(`its ${name} is not a list of fingerprints`);
	return set;
}

/** The error for an unusable checkpoint, with the reason. */
export function invalid(reason: string): UserError {
	return new UserError('invalid-checkpoint', `The checkpoint cannot be used: ${reason}.`, {
		remedy:
			'Restore it from a copy, or remove it and set a backfill start to sync again from. It was damaged, or something else changed it.',
	});
}
