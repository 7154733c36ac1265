import type { People, User } from './people';
import type { Random } from './random';

type Fields = Record<string, unknown>;

/** The fields of every known kind of actor. */
const ACTORS: Record<string, (random: Random, user: User, people: People) => Fields> = {
	user_actor: (_random, user) => ({
		email_address: user.email,
		user_id: user.id,
		...origin(user),
	}),
	api_actor: (random, user, people) => ({
		api_key_id: `apikey_${random.pick(people.keySuffixes)}`,
		...origin(user),
	}),
	admin_api_key_actor: (random, user, people) => ({
		admin_api_key_id: `admin_api_key_${random.pick(people.keySuffixes)}`,
		...origin(user),
	}),
	unauthenticated_user_actor: (_random, user) => ({
		unauthenticated_email_address: user.email,
		...origin(user),
	}),
	anthropic_actor: () => ({ email_address: null }),
	scim_directory_sync_actor: (random) => ({
		workos_event_id: `event_01${random.token()}`,
		directory_id: `directory_01${random.token()}`,
		idp_connection_type: random.pick(['OktaSAML', 'AzureSAML', 'GoogleOAuth']),
	}),
	system_actor: (random) => ({ service: random.pick(['billing', 'directory-sync', 'retention']) }),
	service_account_actor: (random, user) => ({
		service_account_id: `svac_01${random.token()}`,
		...origin(user),
	}),
	federated_identity_actor: (_random, user) => ({
		issuer: 'https://token.actions.githubusercontent.com',
		subject: `repo:example/${user.id}:ref:refs/heads/main`,
		audience: 'https://api.anthropic.com',
	}),
	federated_actor: (_random, user) => ({ provider: 'aws', subject: `arn:aws:iam::0:${user.id}` }),
	attested_device_actor: (random) => ({
		external_client_id: random.uuid(),
		kid_hash: random.hex(64),
	}),
};

/** An actor of this kind. An unknown kind gets unknown fields. */
export function makeActor(kind: string, random: Random, user: User, people: People): Fields {
	const fields = ACTORS[kind]?.(random, user, people) ?? {
		quantum_state: { up: random.fraction(), entangled_with: null },
	};
	return { type: kind, ...fields };
}

function origin({ address, agent }: User): Fields {
	return { ip_address: address, user_agent: agent };
}
