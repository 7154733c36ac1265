import { Random, hash } from './random';

/** The scope that reads the feed. */
export const READ_SCOPE = 'read:compliance_activities';

/** The scope for everything of an organization. Only Compliance Access Keys have it. */
export const ORG_AUDIT_SCOPE = 'read:org_audit';

/** The Compliance Access Key that every feed accepts by default. */
export const ACCESS_KEY = 'sk-ant-api01-S1mulat3d-Qw7xT9-n0t-r3al-4Kz8';

/** What a key may do. */
export interface KeyGrant {
	scopes: string[];
	expired?: boolean;
	/** The organizations (`org_…` or UUID) in the key's reach; default all of the feed's. */
	organizations?: string[];
}

/** Keys for models have the form of a key, but the Compliance API never accepts them. */
export function isModelKey(key: string): boolean {
	return key.startsWith('sk-ant-api03-');
}

/** Whether a key has the form of a key for the feed. */
export function isComplianceKey(key: string): boolean {
	return /^sk-ant-(api01|admin01)-./.test(key);
}

/** The scopes of which a key needs one. */
export function scopesToRead(key: string): string[] {
	return key.startsWith('sk-ant-admin01-') ? [READ_SCOPE] : [READ_SCOPE, ORG_AUDIT_SCOPE];
}

/** The id of a key in activities. The activity about its creation has the same suffix. */
export function apiKeyId(key: string): string {
	return `apikey_01${new Random(hash(key)).token()}`;
}
