/** The organizations of a feed, each with its id and its UUID. */
export class Organizations {
	private readonly idByName = new Map<string, string>();
	private readonly uuidById = new Map<string, string>();

	/** Notes the names of an organization, and returns the feed's name for it. */
	learn(id: unknown, uuid: unknown): string | null {
		const lowerUuid = typeof uuid === 'string' ? uuid.toLowerCase() : undefined;
		const known = typeof id === 'string' ? id : lowerUuid && this.idOf(lowerUuid);
		if (!known) return null;
		this.idByName.set(known, known);
		if (lowerUuid) {
			this.idByName.set(lowerUuid, known);
			this.uuidById.set(known, lowerUuid);
		}
		return known;
	}

	/** The feed's names of all organizations. */
	all(): Set<string> {
		return new Set(this.idByName.values());
	}

	/** The feed's names of the given organizations. */
	named(names: Iterable<string>): Set<string> {
		return new Set(Array.from(names, (name) => this.idOf(name)));
	}

	/** The UUID of an organization, or its name if its UUID is unknown. */
	uuidOf(name: string): string {
		return this.uuidById.get(this.idOf(name)) ?? name;
	}

	private idOf(name: string): string {
		return this.idByName.get(name.startsWith('org_') ? name : name.toLowerCase()) ?? name;
	}
}
