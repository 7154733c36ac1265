import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { quiet } from '../checkpoint-scene';
import { Theatre } from '../harness';

const theatre = Theatre.open();

it('alerts reach outputs, file, summary and annotations, and say nothing about a person', async () => {
	const scene = await theatre.scene(quiet);
	const admin = { type: 'user_actor', user_id: 'user_admin', email_address: 'admin@example.com' };
	const happened = (type: string, fields: object = {}) =>
		scene.happened(0, { type, actor: admin, ...fields });
	happened('org_compliance_api_settings_updated', { compliance_api_logging_enabled: false });
	happened('anthropic_access', { reason_code: 'safety_review' });
	happened('org_sso_toggled', { enabled: false });
	happened('primary_owner_transferred');
	happened('org_ip_restriction_deleted');
	happened('api_key_created', { scopes: ['read:compliance_activities'] });
	happened('org_data_export_started');
	for (let count = 0; count < 5; count++) happened('sso_login_failed');
	for (let count = 0; count < 30; count++) happened('claude_chat_deleted');

	let text = '';
	const read = ([outputs]: readonly Record<string, string>[]) => {
		text = readFileSync(outputs!['alerts-file']!, 'utf8');
		return 'success' as const;
	};
	const { outputs, summary, worthALook } = await scene.succeed({}, { next: [read] });
	const alerts = text
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line) as object);
	const watches = [
		'compliance-logging-disabled',
		'anthropic-access',
		'sso-disabled',
		'primary-owner-transferred',
		'ip-restriction-deleted',
		'compliance-key-created',
		'data-export',
		'authentication-failures',
		'many-chats-deleted',
	];
	for (const watch of watches) expect(alerts).toContainEqual(expect.objectContaining({ watch }));
	expect(outputs).toMatchObject({
		alerts: String(alerts.length),
		'highest-severity': 'critical',
		count: '42',
	});
	expect(summary).toContain('### Worth a look');
	expect(worthALook).toHaveLength(5);
	expect(summary + JSON.stringify(worthALook)).not.toContain('admin@');
});
