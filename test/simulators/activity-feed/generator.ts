import catalogue from '../../../core/activity/catalogue/activity-types.json' with { type: 'json' };
import { makeActor } from './actors';
import { fieldValue } from './field-values';
import { makePeople } from './people';
import { Random } from './random';
import { formatTimestamp, microsOf, wholeSecond } from './timestamp';
import { wireRecord } from './wire-record';
import type { NewRow } from './feed-rows';
import type { FieldValue } from './field-values';
import type { People } from './people';
import type { Precision } from './timestamp';

export { ORGANIZATIONS } from './people';

export interface GenerateOptions {
	count: number;
	/** Milliseconds since 1970. */
	from: number;
	to: number;
	/** How many milliseconds at most pass before an activity appears; default 0. */
	lag?: number;
	/** The share of activities whose types go through the whole catalogue in turn; default 0.2. */
	rare?: number;
}

interface ActivityKind {
	type: string;
	actors: string[];
	/** The index of the next actor, so that every actor is used. */
	nextActor: number;
	fields: (readonly [name: string, make: FieldValue])[];
	/** Sign-ins and Compliance API calls belong to no organization. */
	organizationless: boolean;
}

/** The everyday types, with their frequencies. Other types are rare. */
const COMMON: Record<string, number> = {
	claude_chat_created: 20,
	claude_chat_viewed: 20,
	claude_chat_updated: 12,
	claude_file_uploaded: 8,
	claude_file_viewed: 6,
	sso_login_initiated: 5,
	sso_login_succeeded: 5,
	claude_project_viewed: 5,
	claude_artifact_viewed: 4,
	claude_project_document_uploaded: 3,
	magic_link_login_succeeded: 2,
	user_logged_out: 2,
	claude_chat_deleted: 2,
	social_login_succeeded: 1,
	claude_artifact_published: 1,
};
const RARE = 0.2;
const BY_PEOPLE = 0.8;
const SIGN_IN = /login|logged_out|second_factor|phone_code|step_up_authentication/;
/** The probability that many activities happen at the same time: some 30, or a tenth of all. */
const BURST = 0.02;
/** The probability that something happens exactly at the start of a second. */
const WHOLE_SECOND = 0.05;

/** Generates activities: the same seed and calls generate the same activities. */
export class ActivityGenerator {
	private readonly random: Random;
	private readonly people: People;
	private readonly common: ActivityKind[];
	/** Every type once, shuffled. */
	private readonly rare: ActivityKind[];
	private nextRare = 0;

	/** @param shownAs the precision of the times that the activities show */
	constructor(
		seed: number,
		extraTypes: readonly string[],
		private readonly shownAs: Precision = 'microseconds',
	) {
		const random = new Random(seed);
		this.random = random;
		this.people = makePeople(random);
		const kinds = new Map(
			Object.entries(catalogue.types as Record<string, CatalogueEntry>).map(([type, entry]) => [
				type,
				activityKind(type, entry, random),
			]),
		);
		this.common = Object.entries(COMMON).flatMap(([type, weight]) =>
			Array<ActivityKind>(weight).fill(kinds.get(type)!),
		);
		const unknown = extraTypes.map((type) =>
			activityKind(type, { actors: UNKNOWN_ACTORS, fields: UNKNOWN_FIELDS }, random),
		);
		this.rare = shuffled([...kinds.values(), ...unknown], random);
	}

	/** Generates activities in the order of their times. */
	*rows({ count, from, to, lag = 0, rare = RARE }: GenerateOptions): Generator<NewRow> {
		for (const micros of this.times(count, from, to)) yield this.row(micros, lag, rare);
	}

	/** Microseconds, ascending. Some are whole seconds, and some belong to many rows. */
	private times(count: number, from: number, to: number): Float64Array {
		const { random } = this;
		const times = new Float64Array(count);
		const longest = Math.min(30, Math.ceil(count / 10));
		for (let index = 0; index < count;) {
			const isWholeSecond = random.chance(WHOLE_SECOND);
			const micros = microsOf(from + random.fraction() * (to - from));
			const time = isWholeSecond ? Math.max(microsOf(from), wholeSecond(micros)) : micros;
			const end = index + (random.chance(BURST) ? 2 + random.below(longest) : 1);
			for (; index < Math.min(end, count); index++) times[index] = time;
		}
		return times.sort();
	}

	private row(micros: number, lag: number, rare: number): NewRow {
		const { random, people } = this;
		const kind = random.chance(rare) ? this.takeRare() : random.pick(this.common);
		const actorKind = this.actorKind(kind);
		const user = random.pick(people.users);
		const organization = kind.organizationless ? null : user.organization;
		const fields: Record<string, unknown> = {
			id: `activity_01${random.token()}`,
			created_at: formatTimestamp(micros, this.shownAs),
			organization_id: organization?.id ?? null,
			organization_uuid: organization?.uuid ?? null,
			actor: makeActor(actorKind, random, user, people),
			type: kind.type,
		};
		for (const [name, make] of kind.fields) {
			const value = make(random, people, micros);
			if (value !== undefined) fields[name] = value;
		}
		const id = fields.id as string;
		return {
			id,
			key: id,
			createdAtMicros: micros,
			visibleAt: micros / 1000 + random.fraction() * lag,
			json: this.serialized(wireRecord(fields)),
			type: kind.type,
			organization: organization?.id ?? null,
			userId: actorKind === 'user_actor' ? user.id : null,
			readable: true,
		};
	}

	/** People do most of what happens; the other kinds of actors take turns. */
	private actorKind(kind: ActivityKind): string {
		if (kind.actors.includes('user_actor') && this.random.chance(BY_PEOPLE)) return 'user_actor';
		kind.nextActor = (kind.nextActor + 1) % kind.actors.length;
		return kind.actors[kind.nextActor]!;
	}

	private takeRare(): ActivityKind {
		const kind = this.rare[this.nextRare]!;
		this.nextRare = (this.nextRare + 1) % this.rare.length;
		return kind;
	}

	/** Some writers of JSON escape what is not ASCII, others do not. A reader must keep these bytes. */
	private serialized(activity: Record<string, unknown>): string {
		const json = JSON.stringify(activity);
		if (!NOT_ASCII.test(json) || this.random.chance(0.5)) return json;
		return json.replace(
			/[\u0080-\uffff]/g,
			(unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
		);
	}
}

interface CatalogueEntry {
	actors: string[];
	fields: Record<string, string>;
}

const NOT_ASCII = /[\u0080-\uffff]/;
const UNKNOWN_ACTORS = ['quantum_actor'];
const UNKNOWN_FIELDS = { flux: 'map[unknown]', flux_label: 'optional string or null' };

function activityKind(type: string, entry: CatalogueEntry, random: Random): ActivityKind {
	return {
		type,
		actors: entry.actors,
		nextActor: random.below(entry.actors.length),
		fields: Object.entries(entry.fields).map(
			([name, kind]) => [name, fieldValue(name, kind)] as const,
		),
		organizationless: SIGN_IN.test(type) || type === 'compliance_api_accessed',
	};
}

function shuffled<T>(items: T[], random: Random): T[] {
	for (let index = items.length - 1; index > 0; index--) {
		const other = random.below(index + 1);
		[items[index], items[other]] = [items[other]!, items[index]!];
	}
	return items;
}
