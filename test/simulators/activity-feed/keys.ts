import { Random, hash } from './random';

/** The scope that reads the feed. */
export const READ_SCOPE = 'read:compliance_activities';

/** The scope that reads everything of an organization; only Compliance Access Keys have it. */
export const ORG_AUDIT_SCOPE = 'read:org_audit';

/** A Compliance Access Key that every feed accepts unless it is given other keys. */
export const ACCESS_KEY = 'sk-ant-api01-S1mulat3d-Qw7xT9-n0t-r3al-4Kz8';

/** What a key may do. */
export interface KeyGrant {
	scopes: string[];
	expired?: boolean;
	/** The organizations (`org_…` or UUID) in the key's reach; default all of the feed's. */
	organizations?: string[];
}

/** Keys for models have the form of a key but never reach the Compliance API. */
export function isModelKey(key: string): boolean {
	return key.startsWith('sk-ant-api03-');
}

/** Whether a key looks like one that could open the feed. */
export function isComplianceKey(key: string): boolean {
	return /^sk-ant-(api01|admin01)-./.test(key);
}

/** The scopes of which a key needs one. */
export function scopesToRead(key: string): string[] {
	return key.startsWith('sk-ant-admin01-') ? [READ_SCOPE] : [READ_SCOPE, ORG_AUDIT_SCOPE];
}

/** The id under which activities name a key; the event of its creation has the same suffix. */
export function apiKeyId(key: string): string {
	return `apikey_01${new Random(hash(key)).token()}`;
}
