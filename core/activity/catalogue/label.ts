import { remembered } from '../../remembered';

/** Words of activity types that want more than a capital. */
const spellings = new Map([
	['acl', 'ACL'],
	['api', 'API'],
	// What the API reference calls these activities' subject.
	['ccr', 'Claude Code'],
	['cli', 'CLI'],
	['cmek', 'CMEK'],
	['gdrive', 'Google Drive'],
	['ghe', 'GitHub Enterprise'],
	['github', 'GitHub'],
	['gitlab', 'GitLab'],
	['hipaa', 'HIPAA'],
	['id', 'ID'],
	['ip', 'IP'],
	['lti', 'LTI'],
	['mcp', 'MCP'],
	['mfa', 'MFA'],
	['oauth', 'OAuth'],
	['oidc', 'OIDC'],
	['org', 'Organization'],
	['otlp', 'OTLP'],
	['pubsec', 'Public Sector'],
	['rbac', 'RBAC'],
	['saml', 'SAML'],
	['scim', 'SCIM'],
	['sso', 'SSO'],
	['to', 'to'],
	['url', 'URL'],
	['via', 'via'],
]);

/** An activity type in readable words: `org_sso_toggled` becomes `Organization SSO Toggled`. */
export const labelOf = remembered((type): string =>
	type
		.split('_')
		.filter((word) => word !== '')
		.map((word) => spellings.get(word) ?? word.charAt(0).toUpperCase() + word.slice(1))
		.join(' ')
		.replace('Re Sent', 'Re-Sent'),
);
