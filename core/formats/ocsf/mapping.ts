import { remembered } from '../../remembered';
import { isKnownActivityType } from '../../activity/catalogue/catalogue';
import { type Category, categoryOf } from '../../activity/catalogue/category';
import { labelOf } from '../../activity/catalogue/label';
import { type Phrase, phraseOf, type Verb } from '../phrase';
import {
	type Content,
	ofAccess,
	ofAccount,
	ofAnything,
	ofApplication,
	ofAuthentication,
	ofEntity,
	ofGroup,
	ofKeyUpdate,
	ofOrganization,
	ofOwnAccount,
	ofRequest,
	ofResource,
	type Source,
	type Step,
} from './attributes';
import { classes, type Kind, kindOf, type OcsfClass, OTHER_ACTIVITY } from './classes';
import { ResourceName } from './resource-name';
import { nextMember } from '../reading';

/** How the records of a type become events. */
export interface Mapping {
	/** The type in readable words, as the member `message` after others. */
	readonly message: string;
	/** The class and activity of a record that has what they require. */
	readonly usual: Kind;
	/** What a record says. If it lacks what one class requires, the next one is chosen, and in the end Base Event. */
	readonly read: (source: Source) => Content;
}

/** Makes the step of a class, with one of its activities. */
type ClassStep = (kind: Kind) => Step;

/**
 * Types whose class and activity do not follow from their words. Those up to the empty line are Datadog's;
 * of the rest of Datadog's list, the words say the same.
 */
const rows: readonly (readonly [
	ofClass: OcsfClass,
	activityId: number,
	step: ClassStep,
	types: string,
])[] = [
	[classes.account, 1, ofAccount, 'org_user_invite_sent'],
	[classes.account, 1, ofOwnAccount, 'org_user_invite_accepted platform_api_key_created'],
	[classes.account, 6, ofAccount, 'org_user_deleted'],
	[classes.account, OTHER_ACTIVITY, ofOwnAccount, 'claude_user_settings_updated'],
	[
		classes.authentication,
		1,
		ofAuthentication,
		`sso_login_succeeded magic_link_login_succeeded social_login_succeeded
		sso_second_factor_magic_link sso_login_failed magic_link_login_failed sso_login_initiated
		magic_link_login_initiated anonymous_mobile_login_attempted`,
	],
	[classes.authentication, 2, ofAuthentication, 'user_logged_out'],
	[classes.access, 1, ofAccess, 'role_assignment_granted'],
	[classes.access, 2, ofAccess, 'role_assignment_revoked'],

	[classes.account, 1, ofAccount, 'scim_user_created'],
	[classes.account, 6, ofAccount, 'scim_user_deleted'],
	[classes.account, 6, ofOwnAccount, 'account_deleted'],
	[
		classes.account,
		OTHER_ACTIVITY,
		ofAccount,
		`scim_user_updated claude_user_seat_tier_updated org_user_invite_re_sent
		end_user_invite_requested owned_projects_access_restored org_user_trusted_devices_revoked
		primary_owner_transferred platform_workspace_member_added platform_workspace_member_removed
		platform_workspace_member_updated claude_artifact_invite_accepted`,
	],
	[
		classes.account,
		OTHER_ACTIVITY,
		ofOwnAccount,
		'org_user_left age_verified ghe_user_connected ghe_user_disconnected',
	],
	[
		classes.authentication,
		1,
		ofAuthentication,
		`platform_federated_authentication platform_app_attest_authentication lti_launch_initiated
		lti_launch_success`,
	],
	[
		classes.authentication,
		OTHER_ACTIVITY,
		ofAuthentication,
		`phone_code_sent phone_code_verified session_revoked step_up_authentication_failed
		step_up_authentication_succeeded`,
	],
	[classes.access, 1, ofAccess, 'rbac_role_assigned design_project_member_added'],
	[classes.access, 2, ofAccess, 'rbac_role_unassigned design_project_member_removed'],
	[
		classes.access,
		OTHER_ACTIVITY,
		ofAccess,
		'claude_user_role_updated design_project_member_role_updated',
	],
	[classes.group, 6, ofGroup, 'group_created'],
	[classes.group, 5, ofGroup, 'group_deleted'],
	[classes.group, 3, ofGroup, 'group_member_added group_member_addition_failed'],
	[classes.group, 4, ofGroup, 'group_member_removed group_member_removal_failed'],
	[classes.group, 2, ofGroup, 'group_project_shares_revoked group_skill_shares_revoked'],
	[
		classes.group,
		OTHER_ACTIVITY,
		ofGroup,
		'group_updated group_visibility_updated claude_code_team_memory_acl_updated',
	],
];

/** Activities of 6001 and 3004 by verb; 99 for any other. */
const resourceActivities: Partial<Record<Verb, number>> = {
	create: 1,
	read: 2,
	update: 3,
	delete: 4,
	search: 5,
	export: 7,
	share: 8,
};
const entityActivities: Partial<Record<Verb, number>> = {
	create: 1,
	read: 2,
	update: 3,
	delete: 4,
	enroll: 6,
	enable: 8,
	disable: 9,
	activate: 10,
	deactivate: 11,
	suspend: 12,
	resume: 13,
};

/** Content that people or agents work with. */
const contentCategories: ReadonlySet<Category> = new Set([
	'chat',
	'project',
	'file',
	'artifact',
	'extension',
]);

/** Other types that are about content. */
const contentTypes = new Set([
	'anthropic_access',
	'cmek_preserve',
	'audit_log_export_started',
	'org_data_export_started',
	'org_data_export_completed',
	'ccr_session_created',
	'ccr_session_deleted',
	'ccr_session_updated',
	'cowork_session_updated',
	'session_share_created',
	'session_share_revoked',
]);

/** Verbs that change nothing. */
const readingVerbs: ReadonlySet<Verb> = new Set(['read', 'search', 'export']);

/** Types whose last word does not say what happens. */
const phrases = new Map<string, Phrase>([
	['audit_log_export_started', { subject: ['audit', 'log'], verb: 'export' }],
	['org_data_export_started', { subject: ['org', 'data'], verb: 'export' }],
	['org_data_export_completed', { subject: ['org', 'data'], verb: 'export' }],
	['org_deleted_via_bulk', { subject: ['org'], verb: 'delete' }],
]);

/** Fields with the subject's id that are not named after the words of the type. */
const idFields = new Map([
	['claude_artifact_published', 'claude_published_artifact_id'],
	['ghe_webhook_signature_invalid', 'ghe_configuration_id'],
]);

/** How records of a type become events: a type that the catalogue does not know becomes a Base Event. */
export const mappingOf = remembered((type): Mapping => {
	const label = labelOf(type);
	if (isKnownActivityType(type)) return mappingOfKnown(type, label);
	return { message: messageOf(label), usual: UNKNOWN.kind, read: () => UNKNOWN };
});

const UNKNOWN: Content = { kind: kindOf(classes.base, 0, ''), attributes: '' };

function mappingOfKnown(type: string, label: string): Mapping {
	const phrase = phrases.get(type) ?? phraseOf(type);
	const { subject, verb } = phrase;
	const entity = kindOf(classes.entity, entityActivities[verb] ?? OTHER_ACTIVITY, label);
	const part = kindOf(classes.entity, activityOnPart(verb, entityActivities), label);
	const name = new ResourceName(subject, idFields.get(type));
	const special = stepOf(type, label, phrase, name);
	const steps = [
		...(special ? [special.step] : []),
		ofEntity(entity, part, name),
		ofOrganization(isOrganization(subject) ? entity : part),
	];
	const anything = ofAnything(kindOf(classes.base, OTHER_ACTIVITY, label));
	return {
		message: messageOf(label),
		usual: special?.kind ?? entity,
		read: (source) => {
			for (const step of steps) {
				const content = step(source);
				if (content !== undefined) return content;
			}
			return anything();
		},
	};
}

/** The step that comes before Entity Management, if there is one. */
function stepOf(
	type: string,
	label: string,
	{ verb }: Phrase,
	name: ResourceName,
): { step: Step; kind: Kind } | undefined {
	if (type === 'compliance_api_accessed') {
		return { step: ofRequest(label), kind: kindOf(classes.api, 2, label) };
	}
	if (type === 'platform_api_key_updated') {
		return { step: ofKeyUpdate(label), kind: kindOf(classes.account, OTHER_ACTIVITY, label) };
	}
	const row = rows.find(([, , , types]) => types.split(/\s+/).includes(type));
	if (row !== undefined) {
		const [ofClass, activityId, step] = row;
		const kind = kindOf(ofClass, activityId, label);
		return { step: step(kind), kind };
	}
	const category = categoryOf(type);
	if (category === 'extension' && (verb === 'enable' || verb === 'disable')) {
		const kind = kindOf(classes.application, verb === 'enable' ? 6 : 7, label);
		return { step: ofApplication(kind, name), kind };
	}
	const isContent = contentCategories.has(category) || contentTypes.has(type);
	if (!isContent && !readingVerbs.has(verb)) return undefined;
	const kind = kindOf(classes.resource, resourceActivities[verb] ?? OTHER_ACTIVITY, label);
	const part = kindOf(classes.resource, activityOnPart(verb, resourceActivities), label);
	return { step: ofResource(kind, part, name), kind };
}

/** Who creates, changes or deletes a part of something updates the whole. */
function activityOnPart(verb: Verb, activities: Partial<Record<Verb, number>>): number {
	if (verb === 'other') return OTHER_ACTIVITY;
	return readingVerbs.has(verb) ? (activities[verb] ?? OTHER_ACTIVITY) : 3;
}

function isOrganization(subject: readonly string[]): boolean {
	return ['org', 'organization'].includes(subject.at(-1) ?? '');
}

function messageOf(label: string): string {
	return nextMember('message', label === '' ? undefined : JSON.stringify(label));
}
