import { HOSTILE_STRINGS } from './hostile-strings';
import type { Random } from './random';

export interface Organization {
	id: string;
	uuid: string;
}

/** The organizations of every feed. */
export const ORGANIZATIONS: readonly Organization[] = [
	{ id: 'org_01main', uuid: '550e8400-e29b-41d4-a716-446655440000' },
	{ id: 'org_01research', uuid: '7d444840-9dc0-41d1-b245-5ffdce74fad2' },
	{ id: 'org_01sales', uuid: '16fd2706-8baf-433b-82eb-8c7fada847da' },
	{ id: 'org_01sandbox', uuid: '886313e1-3b8a-4372-9b90-0c9aee199e5d' },
];

export interface User {
	id: string;
	email: string;
	address: string;
	agent: string;
	organization: Organization;
}

/** The people and keys that act in a feed. */
export interface People {
	users: readonly User[];
	/** The suffix that an API key's id has as an actor and as a created key. */
	keySuffixes: readonly string[];
	/** The hostile strings in turn, so that all of them are used. */
	nextHostileString: () => string;
}

const AGENTS = [
	'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36',
	'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
	'Claude/1.4.2 (iPhone; iOS 19.1)',
	'claude-cli/2.0.1 (external, cli)',
	...HOSTILE_STRINGS.slice(10, 16),
];

/** Some hundreds of users, most of them in the first organization. */
export function makePeople(random: Random): People {
	const users = Array.from({ length: 400 }, (_, index): User => {
		const local = random.chance(0.03) ? `jörg.ünal+${index}` : `user${index}`;
		return {
			id: `user_01${random.token()}`,
			email: `${local}@example.com`,
			address: random.chance(0.2) ? `2001:db8::${random.hex(4)}` : `192.0.2.${random.below(256)}`,
			// Most people use an ordinary browser, but a user agent can be any text.
			agent: random.chance(0.95) ? random.pick(AGENTS.slice(0, 4)) : random.pick(AGENTS),
			organization: random.chance(0.6) ? ORGANIZATIONS[0]! : random.pick(ORGANIZATIONS),
		};
	});
	let hostile = 0;
	return {
		users,
		keySuffixes: Array.from({ length: 20 }, () => `01${random.token()}`),
		nextHostileString: () => HOSTILE_STRINGS[hostile++ % HOSTILE_STRINGS.length]!,
	};
}
