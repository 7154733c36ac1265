import { remembered } from '../../remembered';
import { hasPhrase } from './phrases';

/** The categories of activities, and what each one means. */
export const categories = {
	authentication: 'Sign-ins and sign-outs, second factors, trusted devices, sessions revoked',
	identity: 'SSO, directory sync, domains, federation, service accounts',
	'user-management': 'Members, invitations, groups, roles, permissions, seats',
	security:
		'Security controls: IP restrictions, attestations in the Security Center, domain guard of connectors',
	credential: 'API keys, encryption and signing keys, tokens, secrets, certificates, OAuth apps',
	chat: 'Chats, their snapshots and sync sources',
	project: 'Projects, also those of Claude Design, and their sharing',
	file: 'Files and documents, also those in projects',
	artifact: 'Artifacts, published or not',
	code: 'Claude Code and Cowork: sessions, agents, runners, reviews, security scans',
	extension: 'Skills, plugins, commands, desktop extensions, marketplaces',
	integration: 'Connectors and MCP servers, tunnels, GitHub, Google Drive, Slack, LTI platforms',
	api: 'Claude Platform: workspaces, agents, memory, rate limits, services',
	billing: 'Subscription, payment, spend limits, usage credits, cost and usage reports',
	compliance:
		'Compliance API, audit logs, exports, data retention and residency, consent, inference hooks',
	administration: 'All other settings and requests of the organization',
	other: 'Everything else, such as types newer than this package',
} as const;

export type Category = keyof typeof categories;

/**
 * The first rule with a fitting phrase decides. A phrase fits where words of the type begin with it:
 * `export` fits `org_members_exported`. So specific rules come before general ones.
 */
const rules: readonly (readonly [Category, readonly string[]])[] = [
	[
		'authentication',
		[
			'login',
			'logged_out',
			'authentication',
			'second_factor_magic_link',
			'phone_code',
			'step_up',
			'trusted_device',
			'session_revoked',
			'lti_launch',
			'abuse_decision',
			// Somebody or something signs in elsewhere, many times a day; no credential is managed.
			'token_exchanged',
			'oidc_token',
		],
	],
	['security', ['ip_restriction', 'security_control', 'domain_guard']],
	// Groups lose their shares: it is about who gets in, as with members, not about what was shared.
	['user-management', ['group_project_shares', 'group_skill_shares']],
	// Anthropic keeps content for an investigation, as it accesses some; nobody manages a key.
	['compliance', ['cmek_preserve']],
	[
		'credential',
		[
			'key',
			'cmek',
			'token',
			'secret',
			'credential',
			'certificate',
			'oauth_app',
			// By such a link, a credential is handed in.
			'provisioning_link',
		],
	],
	[
		'identity',
		[
			'sso',
			'identity',
			'directory_sync',
			'directory_resync',
			'org_domain',
			'domain_claim',
			'federation',
			'service_account',
			'org_magic_link',
		],
	],
	[
		'billing',
		[
			'billing',
			'spend_limit',
			'extra_usage',
			'prepaid',
			'credit',
			'subscription',
			'invoice',
			'payment',
			'seat_tiers',
			'seat_tier_changes',
			'cost_report',
			'usage_report',
			'organization_address',
		],
	],
	['artifact', ['artifact']],
	['file', ['file', 'document']],
	['chat', ['claude_chat']],
	['project', ['claude_project', 'design_project', 'owned_project', 'pending_share']],
	[
		'compliance',
		[
			'compliance',
			'audit_log',
			'export',
			'data_residency',
			'data_retention',
			'data_sharing',
			'hipaa',
			'consent',
			'anthropic_access',
			'inference_hooks',
		],
	],
	// Settings of the organization, whatever they are about.
	['administration', ['org_claude_code', 'org_cowork', 'org_parent', 'org_join_proposal']],
	['code', ['claude_code', 'ccr', 'cowork', 'session_share']],
	['extension', ['skill', 'plugin', 'command', 'desktop_extension', 'marketplace']],
	[
		'integration',
		[
			'mcp',
			'connector',
			'integration',
			'tunnel',
			'gdrive',
			'ghe',
			'github',
			'gitlab',
			'slack',
			'lti',
			'webhook',
		],
	],
	[
		'user-management',
		[
			'user',
			'scim',
			'member',
			'group',
			'role',
			'rbac',
			'seat',
			'owner',
			'account',
			'invite',
			'join_request',
			'capability_grant',
			'age_verified',
		],
	],
	['api', ['platform', 'service']],
	['administration', ['org', 'admin', 'verification']],
];

/** The category of an activity type, by the words it is made of; so new types find theirs too. */
export const categoryOf = remembered(
	(type): Category => rules.find(([, phrases]) => hasPhrase(type, phrases))?.[0] ?? 'other',
);
