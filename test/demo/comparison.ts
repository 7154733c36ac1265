/** An activity as the feed sends it. */
export interface SentRow {
	readonly id: string;
	/** Byte for byte. */
	readonly json: string;
}

/** What arrived, against what the feed sent. */
export interface Comparison {
	/** Lines of each artifact. */
	readonly delivered: readonly number[];
	/** Activities that more than one artifact has. */
	readonly inBoth: number;
	/** Activities that no artifact has. */
	readonly missing: number;
	/** Lines beyond an activity's first, wherever they are. */
	readonly repeated: number;
	/** Lines that are not, byte for byte, an activity of the feed. */
	readonly altered: number;
	/** Whether the artifacts together are exactly the feed. */
	readonly exact: boolean;
}

/** Compares artifacts, given as their files, with the feed's activities. */
export function compare(
	sent: readonly SentRow[],
	artifacts: readonly ReadonlyMap<string, Buffer>[],
): Comparison {
	const bytesById = new Map(sent.map(({ id, json }) => [id, Buffer.from(json)]));
	const lines = artifacts.map(linesOf);
	const idsByArtifact = lines.map((each) => new Set(each.map(idOf)));
	const arrived = new Set(idsByArtifact.flatMap((ids) => [...ids]));
	const all = lines.flat();
	const altered = all.filter((line) => !bytesById.get(idOf(line))?.equals(line)).length;
	const missing = sent.filter(({ id }) => !arrived.has(id)).length;
	const repeated = all.length - arrived.size;
	return {
		delivered: lines.map((each) => each.length),
		inBoth: [...arrived].filter((id) => idsByArtifact.filter((ids) => ids.has(id)).length > 1)
			.length,
		missing,
		repeated,
		altered,
		exact: missing === 0 && repeated === 0 && altered === 0,
	};
}

/** The ids of the activities in an artifact. */
export function idsOf(artifact: ReadonlyMap<string, Buffer>): Set<string> {
	return new Set(linesOf(artifact).map(idOf));
}

/** The artifact's lines as bytes; beside its NDJSON files it carries a checkpoint. */
function linesOf(artifact: ReadonlyMap<string, Buffer>): Buffer[] {
	return [...artifact].flatMap(([name, content]) => {
		if (!name.endsWith('.ndjson')) return [];
		// In latin1 each byte is a character of its own, so splitting changes none.
		const lines = content.toString('latin1').split('\n');
		// What follows the last line feed is a line only if it is not empty.
		if (lines.at(-1) === '') lines.pop();
		return lines.map((line) => Buffer.from(line, 'latin1'));
	});
}

function idOf(line: Buffer): string {
	const { id } = JSON.parse(line.toString()) as { id: string };
	return id;
}
