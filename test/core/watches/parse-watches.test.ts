import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Counters, defaultWatches, parseWatches, type Watch, Watcher } from '../../../core';
import { activity, watch } from './scene';

const plain = watch({});
const counting = watch({ id: 'counting', threshold: { count: 3, within: '1h', by: 'actor' } });
const defaults: readonly Watch[] = [plain, counting];

/** What is wrong with one watch of a file, which is the second one. */
function problemsOf(fields: unknown): string[] {
	const first = { ...watch({ id: 'first' }) };
	const { problems } = parseWatches({ watches: [first, fields] }, defaults);
	return problems.map(({ path, message }) => `${path}: ${message}`);
}

const newOne = (fields: object): object => ({ ...watch({ id: 'new' }), ...fields });

describe('a file of watches', () => {
	test('adds its own watches behind the default ones', () => {
		const added = watch({
			id: 'new',
			conditions: [{ path: 'actor.user_id', operator: 'not-equals', value: ['admin', 7, true] }],
			seenAt: ['ours: 1'],
		});
		const parsed = parseWatches({ watches: [added] }, defaults);
		expect(parsed).toEqual({ watches: [...defaults, added], problems: [], warnings: [] });
	});

	test('changes the fields that it gives of a default watch, at its place', () => {
		const threshold = { count: 50, within: '24h', by: 'actor' };
		const file = {
			watches: [
				{ id: 'counting', threshold },
				{ id: 'own', severity: 'low' },
			],
		};
		expect(parseWatches(file, defaults).watches).toEqual([
			{ ...plain, severity: 'low' },
			{ ...counting, threshold },
		]);
	});

	test('names the default watch that was probably meant', () => {
		const file = { watches: [{ id: 'many-chat-created', enabled: false }] };
		expect(parseWatches(file, defaultWatches).problems).toEqual([
			{
				path: 'watches[0].id',
				message: expect.stringContaining('Did you mean many-chats-created?'),
			},
		]);
	});

	test('switches a watch off, and on', () => {
		const off = { watches: [{ id: 'own', enabled: false }] };
		expect(parseWatches(off, defaults)).toEqual({
			watches: [counting],
			problems: [],
			warnings: [],
		});
		const on = { watches: [{ id: 'own', enabled: true }] };
		expect(parseWatches(on, defaults).watches).toEqual(defaults);
	});

	test('without watches leaves the default ones', () =>
		expect(parseWatches({ watches: [] }, defaultWatches).watches).toEqual(defaultWatches));

	test('warns of types that may be mistaken', () => {
		const file = { watches: [newOne({ types: ['claude_chat_delete', 'quantum_vault_opened'] })] };
		const { problems, warnings } = parseWatches(file, defaults);
		expect(problems).toEqual([]);
		expect(warnings).toEqual([
			{
				path: 'watches[0].types[0]',
				message:
					"The type claude_chat_delete is not in this version's catalogue. Did you mean claude_chat_deleted?",
			},
			{
				path: 'watches[0].types[1]',
				message: "The type quantum_vault_opened is not in this version's catalogue.",
			},
		]);
	});

	describe('warns of fields that the reference does not give to its types', () => {
		const doubts = (fields: object) => {
			const { problems, warnings } = parseWatches({ watches: [newOne(fields)] }, defaults);
			expect(problems).toEqual([]);
			return warnings.map(({ path, message }) => `${path}: ${message}`);
		};
		const types = ['claude_chat_deleted'];
		const within = '1h';

		test('wherever a path is', () => {
			const conditions: object[] = [
				{ path: 'acter.type', operator: 'exists' },
				{ path: 'type', operator: 'equals-field', value: 'claude_chat_idd' },
				{ path: 'organization', operator: 'exists' },
				{ path: 'to', operator: 'exists' },
			];
			const doubt = "Anthropic's reference has no field";
			const asked = [
				`${doubt} acter of claude_chat_deleted. Did you mean actor.type?`,
				`${doubt} claude_chat_idd of claude_chat_deleted. Did you mean claude_chat_id?`,
			];
			const counted = { count: 2, within, by: 'user_id', distinct: 'claude_chat' };
			expect(doubts({ types, conditions, threshold: counted })).toEqual([
				`watches[0].conditions[0].path: ${asked[0]}`,
				`watches[0].conditions[1].value: ${asked[1]}`,
				`watches[0].conditions[2].path: ${doubt} organization of claude_chat_deleted.`,
				`watches[0].conditions[3].path: ${doubt} to of claude_chat_deleted.`,
				`watches[0].threshold.by: ${doubt} user_id of claude_chat_deleted. Did you mean actor.user_id?`,
				`watches[0].threshold.distinct: ${doubt} claude_chat of claude_chat_deleted.`,
			]);
			const earlier = ['claude_project_deleted', 'claude_project_created'];
			const after = { types: earlier, conditions, within, by: 'claude_chat_id' };
			expect(doubts({ types, after })).toEqual([
				`watches[0].after.conditions[0].path: ${doubt} acter of any of these types. Did you mean actor.type?`,
				`watches[0].after.conditions[1].value: ${doubt} claude_chat_idd of any of these types.`,
				`watches[0].after.conditions[2].path: ${doubt} organization of any of these types.`,
				`watches[0].after.conditions[3].path: ${doubt} to of any of these types.`,
				`watches[0].after.by: ${doubt} claude_chat_id of any of these types.`,
			]);
		});

		test('but not if one of them has it, or may have it', () => {
			const conditions = [{ path: 'claude_chat_id', operator: 'exists' }];
			expect(doubts({ types: ['claude_project_deleted', ...types], conditions })).toEqual([]);
			// Not documented: any field, its other fields, those that it has gained.
			for (const type of ['account_deleted', 'ccr_session_created', 'platform_api_key_created']) {
				expect(doubts({ types: [type], conditions })).toEqual([]);
			}
			for (const by of ['actor', 'organization', 'organization_uuid', 'actor.user_id']) {
				expect(doubts({ types, threshold: { count: 2, within, by } })).toEqual([]);
			}
		});

		test('and of no default watch', () =>
			expect(parseWatches({ watches: defaultWatches }, []).warnings).toEqual([]));
	});

	describe('warns of what no activity of its types can be', () => {
		const doubts = (fields: object) => {
			const { problems, warnings } = parseWatches({ watches: [newOne(fields)] }, defaultWatches);
			expect(problems).toEqual([]);
			return warnings.map(({ path, message }) => `${path.replace('watches[0].', '')}: ${message}`);
		};
		const sso = ['org_sso_toggled'];
		const booleans =
			'enabled is true or false. Use equals with one of them, without quotation marks.';
		const decisions = "Anthropic's reference has only blocked, unspecified in decision.";
		const attested = ['org_security_control_attestation_updated'];

		test.each<[string[], object, string | undefined]>([
			[sso, { path: 'enabled', operator: 'equals', value: false }, undefined],
			[sso, { path: 'enabled', operator: 'equals', value: 'false' }, `.value: ${booleans}`],
			[sso, { path: 'enabled', operator: 'not-equals', value: [true, 'no'] }, undefined],
			[sso, { path: 'enabled', operator: 'not-equals', value: 'no' }, `.value: ${booleans}`],
			[sso, { path: 'enabled', operator: 'contains-text', value: 'f' }, `.value: ${booleans}`],
			[
				sso,
				{ path: 'type', operator: 'equals', value: 'org_sso_added' },
				".value: Anthropic's reference has only org_sso_toggled in type.",
			],
			[
				sso,
				{ path: 'type', operator: 'starts-with', value: ['ORG_', 'x'] },
				".value[1]: Anthropic's reference has only org_sso_toggled in type.",
			],
			[sso, { path: 'type', operator: 'contains-text', value: 'sso' }, undefined],
			[
				sso,
				{ path: 'type', operator: 'not-equals', value: ['org_sso_toggled'] },
				'.value: The watch has no other type.',
			],
			[sso, { path: 'type', operator: 'missing' }, '.path: Each activity has the field type.'],
			[
				sso,
				{ path: 'actor', operator: 'contains-text', value: 'admin@example.com' },
				'.path: actor holds objects, not values. Name one of their fields, behind a dot.',
			],
			[sso, { path: 'actor', operator: 'exists' }, undefined],
			[
				sso,
				{ path: 'actor.ip_adress', operator: 'missing' },
				".path: Anthropic's reference has no field actor.ip_adress of org_sso_toggled. Did you mean actor.ip_address?",
			],
			[
				['claude_artifact_sharing_updated'],
				{ path: 'audience.tipe', operator: 'exists' },
				".path: Anthropic's reference has no field audience.tipe of claude_artifact_sharing_updated. Did you mean audience.type?",
			],
			[
				['claude_artifact_sharing_updated'],
				{ path: 'audience.type', operator: 'equals', value: 'public' },
				undefined,
			],
			[['anthropic_access'], { path: 'resource_details.parent.id', operator: 'exists' }, undefined],
			[
				sso,
				{ path: 'actor.type', operator: 'equals', value: 'user' },
				'.value: The types of actors end in _actor.',
			],
			[
				sso,
				{ path: 'actor.type', operator: 'not-equals', value: 'user' },
				'.value: The types of actors end in _actor.',
			],
			[['seat_tiers_purchased'], { path: 'item_allocations.team', operator: 'exists' }, undefined],
			[sso, { path: 'actor.type', operator: 'equals', value: 'robot_actor' }, undefined],
			[sso, { path: 'actor.type', operator: 'contains-text', value: 'user' }, undefined],
			[
				sso,
				{ path: 'enabled.value', operator: 'exists' },
				'.path: enabled holds values, not objects, so it has no fields.',
			],
			[
				['abuse_decision_received'],
				{ path: 'decision', operator: 'equals', value: 'block' },
				`.value: ${decisions}`,
			],
			[
				['abuse_decision_received'],
				{ path: 'decision', operator: 'starts-with', value: 'block' },
				undefined,
			],
			[
				['abuse_decision_received', 'admin_connector_request_resolved'],
				{ path: 'decision', operator: 'equals', value: ['approved', 'blocked'] },
				undefined,
			],
			[
				['admin_connector_request_resolved'],
				{ path: 'resolved_count', operator: 'equals', value: '5' },
				".value: Anthropic's reference has only numbers in resolved_count.",
			],
			[
				['admin_connector_request_resolved'],
				{
					path: 'resolved_count',
					operator: 'equals',
					value: ['12345678901234567890', '0.10000000000000000001', 5],
				},
				undefined,
			],
			[
				['admin_connector_request_resolved'],
				{ path: 'resolved_count', operator: 'equals', value: '1234567890123456' },
				".value: Anthropic's reference has only numbers in resolved_count.",
			],
			[
				attested,
				{ path: 'control', operator: 'equals', value: 5 },
				".value: Anthropic's reference has only texts in control.",
			],
			[
				['claude_artifact_sharing_updated'],
				{ path: 'audience', operator: 'equals', value: 'anyone_with_link' },
				'.path: audience holds objects, not values. Name one of their fields, behind a dot.',
			],
			[['account_deleted'], { path: 'enabled', operator: 'equals', value: 'false' }, undefined],
		])('of %j: %j', (types, condition, doubt) =>
			expect(doubts({ types, conditions: [condition] })).toEqual(
				doubt === undefined ? [] : [`conditions[0]${doubt}`],
			),
		);

		test.each<[object, string[]]>([
			[{ by: 'id' }, ['threshold.by: Each activity has an id of its own.']],
			[
				{ by: 'actor', distinct: 'actor' },
				[
					'threshold.distinct: Activities are counted together by their actor, so they have only one.',
				],
			],
			[
				{ by: 'actor', distinct: 'type' },
				[
					'threshold.distinct: The watch waits for 2 different values of type, and there are only 1 here.',
				],
			],
			[
				{ by: 'actor', distinct: 'updates' },
				[
					'threshold.distinct: updates holds objects, not values. Name one of their fields, behind a dot.',
				],
			],
			[{ by: 'actor', distinct: 'organization' }, []],
			[
				{ by: 'organization_uuid', distinct: 'organization' },
				[
					'threshold.distinct: Activities are counted together by their organization_uuid, so they have only one.',
				],
			],
		])('of a threshold: %j', (fields, expected) =>
			expect(
				doubts({
					types: ['claude_organization_settings_updated'],
					threshold: { count: 2, within: '1h', ...fields },
				}),
			).toEqual(expected),
		);

		test.each<[string, object, string[]]>([
			[
				'org_sso_toggled',
				{ by: 'actor', distinct: 'enabled', count: 3 },
				['The watch waits for 3 different values of enabled, and there are only 2 here.'],
			],
			['org_sso_toggled', { by: 'actor', distinct: 'enabled', count: 2 }, []],
			[
				'abuse_decision_received',
				{ by: 'actor', distinct: 'decision', count: 3 },
				['The watch waits for 3 different values of decision, and there are only 2 here.'],
			],
			[
				'admin_api_key_created',
				{ by: 'scopes', distinct: 'scopes', count: 3 },
				// A list: one activity may have several.
				[],
			],
			[
				'claude_artifact_sharing_updated',
				{ by: 'audience.type', distinct: 'audience.type', count: 2 },
				[],
			],
			['brand_new_type', { by: 'tags', distinct: 'tags', count: 2 }, []],
		])('of different values of %s: %j', (type, fields, expected) =>
			expect(
				doubts({ types: [type], threshold: { within: '1h', ...fields } }).filter((doubt) =>
					doubt.startsWith('threshold'),
				),
			).toEqual(expected.map((message) => `threshold.distinct: ${message}`)),
		);

		test('of an earlier activity by its id, once', () => {
			const after = { types: ['org_sso_connection_deleted'], within: '1h', by: 'id' };
			expect(doubts({ types: sso, after })).toEqual([
				'after.by: Each activity has an id of its own.',
			]);
		});

		test('of an earlier activity by its type', () => {
			const after = { types: ['org_sso_connection_deleted'], within: '1h', by: 'type' };
			expect(doubts({ types: sso, after })).toEqual([
				'after.by: The earlier activity is of another type.',
			]);
		});

		test('of sign-ins by organization', () => {
			const signIns = [
				'sso_login_failed',
				'magic_link_login_failed',
				'social_login_succeeded',
				'anonymous_mobile_login_attempted',
				'compliance_api_accessed',
			];
			const threshold = { count: 2, within: '1h', by: 'organization' };
			const doubt = 'An activity of any of these types belongs to no organization.';
			expect(doubts({ types: signIns, threshold })).toEqual([`threshold.by: ${doubt}`]);
			expect(doubts({ types: [...signIns, ...sso], threshold })).toEqual([]);
			for (const operator of ['exists', 'missing']) {
				const conditions = [{ path: 'organization_id', operator }];
				expect(doubts({ types: signIns, conditions })).toEqual(
					operator === 'exists' ? [`conditions[0].path: ${doubt}`] : [],
				);
			}
			const conditions = [{ path: 'organization_uuid', operator: 'equals', value: 'a' }];
			expect(doubts({ types: signIns, conditions })).toEqual([`conditions[0].path: ${doubt}`]);
			const after = { types: ['sso_login_failed'], within: '1h', by: 'organization_uuid' };
			expect(doubts({ types: sso, after })).toEqual([
				'after.by: An activity of sso_login_failed belongs to no organization.',
			]);
		});

		test('of a changed default watch', () => {
			const changed = { id: 'member-enumeration', types: ['org_users_listed'] };
			const { warnings } = parseWatches({ watches: [changed] }, defaultWatches);
			expect(warnings).toEqual([
				{
					path: 'watches[0].threshold.distinct',
					message: 'The watch waits for 2 different values of type, and there are only 1 here.',
				},
			]);
			const off = { watches: [{ ...changed, enabled: false }] };
			expect(parseWatches(off, defaultWatches).warnings).toEqual([]);
		});
	});

	test.each([
		['', null],
		['', []],
		['', 'watches'],
		['', {}],
		['watches', { watches: {} }],
		['watches', { watches: null }],
		['rules', { watches: [], rules: [] }],
	])('is wrong at %j: %j', (path, file) =>
		expect(parseWatches(file, defaults).problems.map((each) => each.path)).toEqual([path]),
	);

	test('may not have more counting watches than fit beside a checkpoint', () => {
		const watches = Array.from({ length: 50 }, (_, index) => ({
			...counting,
			id: `more-${index}`,
		}));
		expect(parseWatches({ watches: watches.slice(1) }, defaults).problems).toEqual([]);
		expect(parseWatches({ watches }, defaults).problems).toEqual([
			{
				path: 'watches',
				message: 'At most 50 watches may have a threshold or an earlier activity, but 51 have.',
			},
		]);
	});
});

const value = 'This must be a text, a number, true or false.';
const text = 'This must be a text of 1 to 500 characters.';
const span = 'This must be a time from 5m to 7d, such as 10m, 24h or 7d.';
const names = 'This must be names of fields joined by dots, such as actor.user_agent.';
const number = 'This must be a whole number from 2 to 1000.';
const id = 'An id is lower-case words joined by hyphens, of at most 64 characters.';

const conditioned = (condition: unknown) => newOne({ conditions: [condition] });
const threshold = (fields: object) =>
	newOne({ threshold: { count: 2, within: '1h', by: 'actor', ...fields } });

describe('a watch', () => {
	test.each<[string, unknown]>([
		[': This must have the fields id, title, severity, why, types.', 7],
		[': The field id is missing.', { title: 'No id', severity: 'low', why: 'x', types: ['a'] }],
		[
			'.id: No default watch has this id; docs/watches.md lists them. A new watch needs id, title, severity, why, types.',
			{ id: 'many-chat-created', enabled: false },
		],
		[': The field why is missing.', { id: 'new', title: 'x', severity: 'low', types: ['a'] }],
		['.id: Another watch of the file has this id.', newOne({ id: 'first' })],
		[`.id: ${id}`, newOne({ id: 'New One' })],
		[`.id: ${id}`, newOne({ id: 'a'.repeat(65) })],
		[`.id: ${id}`, newOne({ id: 7 })],
		[`.title: ${text}`, newOne({ title: ' ' })],
		[`.why: ${text}`, newOne({ why: 'a'.repeat(501) })],
		[
			'.severity: This must be one of info, low, medium, high, critical.',
			newOne({ severity: 'bad' }),
		],
		['.enabled: This must be true or false.', newOne({ enabled: 'no' })],
		['.types: This must be a list of 1 to 200 entries.', newOne({ types: [] })],
		['.types: This must be a list of 1 to 200 entries.', newOne({ types: 'claude_chat_deleted' })],
		[
			'.types[1]: A type is lower-case words joined by _, such as claude_chat_created.',
			newOne({ types: ['claude_chat_deleted', '*'] }),
		],
		[`.seenAt[0]: ${text}`, newOne({ seenAt: [1] })],
		['.conditions: This must be a list of at most 200 entries.', newOne({ conditions: {} })],
		[
			'.conditions[0].operator: This must be one of equals, not-equals, starts-with, contains-text, exists, missing, equals-field, not-equals-field.',
			conditioned({ path: 'a', operator: 'matches', value: '(a+)+' }),
		],
		[
			'.conditions[0].operator: This must be one of equals, not-equals, starts-with, contains-text, exists, missing, equals-field, not-equals-field.',
			conditioned({ path: 'a', operator: { toString: 7 }, value: 'a' }),
		],
		['.conditions[0]: The field value is missing.', conditioned({ path: 'a', operator: 'equals' })],
		[`.conditions[0].value: ${value}`, conditioned({ path: 'a', operator: 'equals', value: null })],
		[
			`.conditions[0].value[1]: ${value}`,
			conditioned({ path: 'a', operator: 'equals', value: [1, {}] }),
		],
		[
			`.conditions[0].value: ${text}`,
			conditioned({ path: 'a', operator: 'starts-with', value: '' }),
		],
		[
			`.conditions[0].value: ${names}`,
			conditioned({ path: 'a', operator: 'equals-field', value: 'a..b' }),
		],
		[
			'.conditions[0].value: There is no such field here; possible are path, operator.',
			conditioned({ path: 'a', operator: 'exists', value: true }),
		],
		...[Number('12345678901234567890'), -(2 ** 53), 1e300].map((large): [string, unknown] => [
			'.conditions[0].value: This number is too large to be exact. Write it in quotation marks.',
			conditioned({ path: 'a', operator: 'equals', value: large }),
		]),
		[`.conditions[0].path: ${names}`, conditioned({ path: 'a[0]', operator: 'exists' })],
		[`.threshold.count: ${number}`, threshold({ count: 1 })],
		[`.threshold.count: ${number}`, threshold({ count: 1001 })],
		[
			'.threshold.count: This must be a whole number from 2 to 500.',
			threshold({ count: 501, distinct: 'type' }),
		],
		[`.threshold.count: ${number}`, threshold({ count: '5' })],
		[`.threshold.count: ${number}`, threshold({ count: 2.5 })],
		[`.threshold.within: ${span}`, threshold({ within: '4m' })],
		[`.threshold.within: ${span}`, threshold({ within: '8d' })],
		[`.threshold.within: ${span}`, threshold({ within: '1 h' })],
		[`.threshold.within: ${span}`, threshold({ within: 3600 })],
		[`.threshold.by: ${names}`, threshold({ by: '' })],
		[`.threshold.distinct: ${names}`, threshold({ distinct: 7 })],
		[
			'.threshold.size: There is no such field here; possible are count, within, by, distinct.',
			threshold({ size: 3 }),
		],
		['.after: The field within is missing.', newOne({ after: { types: ['a_b'], by: 'actor' } })],
		[
			'.after: A watch may have threshold or after, not both.',
			{ id: 'counting', after: { types: ['a_b'], by: 'actor', within: '1h' } },
		],
		[
			'.after.types: A type of the earlier activity may not be one of the watch itself.',
			newOne({ after: { types: ['claude_chat_deleted'], by: 'actor', within: '1h' } }),
		],
		[': A field has a name that no field here has.', newOne({ 'ignore ##[error]': 1 })],
	])('is wrong: %s', (problem, fields) =>
		expect(problemsOf(fields)).toEqual([`watches[1]${problem}`]),
	);

	test('has all that is wrong with it named', () => {
		expect(problemsOf(newOne({ title: 1, why: 2, types: [3] }))).toHaveLength(3);
		expect(problemsOf(newOne({ types: Array(200).fill(3) }))).toHaveLength(200);
		const many = Array.from({ length: 20 }, () => newOne({ types: Array(200).fill(3) }));
		expect(parseWatches({ watches: many }, defaults).problems).toHaveLength(1000);
	});

	test.each([{ types: 5 }, { after: 5 }, { conditions: [null] }, { threshold: 5 }])(
		'that is wrong is not looked at further, however much is wrong before: %j',
		(fields) => {
			const before = Array.from({ length: 20 }, () => newOne({ types: Array(200).fill(3) }));
			const { problems } = parseWatches({ watches: [...before, newOne(fields)] }, defaults);
			expect(problems.length).toBeGreaterThan(0);
		},
	);

	test('is doubted however much is doubtful before', () => {
		const before = newOne({ types: Array.from({ length: 60 }, (_, index) => `new_type_${index}`) });
		const after = watch({ id: 'other', conditions: [{ path: 'nofield', operator: 'exists' }] });
		const { warnings } = parseWatches({ watches: [before, after] }, defaults);
		expect(warnings).toHaveLength(61);
	});

	test('of any form is refused or can be used, and nothing throws', () => {
		const odd = fc.oneof(
			fc.anything({ withNullPrototype: true }),
			fc.constantFrom('own', 'new', 'claude_chat_deleted', 'equals', 'actor', '1h', 2, 'low'),
		);
		const condition = fc.record({ path: odd, operator: odd, value: odd }, { requiredKeys: [] });
		const count = fc.record({ count: odd, within: odd, by: odd }, { requiredKeys: [] });
		const anyWatch = fc.record(
			{
				id: odd,
				severity: odd,
				types: fc.array(odd, { maxLength: 3 }),
				conditions: fc.array(condition, { maxLength: 2 }),
				threshold: count,
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(fc.array(fc.oneof(anyWatch, odd), { maxLength: 4 }), (watches) => {
				const parsed = parseWatches({ watches }, defaults);
				if (parsed.problems.length > 0) return;
				new Watcher(parsed.watches).watch([activity('1', 'claude_chat_deleted')], Counters.NONE);
			}),
			{ numRuns: 1000 },
		);
		fc.assert(fc.property(fc.anything(), (file) => void parseWatches(file, defaults)));
	});
});
