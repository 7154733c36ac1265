import { expect } from '@jest/globals';
import { pathOfManifest } from '../../archive/layout';
import { type Manifest, MANIFEST_VERSION } from '../../archive/manifest';
import { sha256 } from '../../archive/sha256';

/** The content of a correct archive. */
export interface WholeArchive {
	/** The activities in the order of the commits, and within a commit in the order of the feed. */
	readonly lines: readonly string[];
	/** The unreadable records, in the order of the commits. */
	readonly unreadable: readonly string[];
	readonly manifests: readonly Manifest[];
	/** The paths of all such files below the archive's directory, in their order. */
	readonly parts: readonly string[];
}

/**
 * Checks the files of an archive: each activity is there once, a manifest names each line, the
 * manifests form a chain, the coverage has no hole.
 *
 * @param files of a branch, by their path
 */
export function expectWhole(files: ReadonlyMap<string, Buffer>, directory = 'audit'): WholeArchive {
	const own = new Map(
		[...files]
			.filter(([path]) => path.startsWith(`${directory}/`))
			.map(([path, content]) => [path.slice(directory.length + 1), content]),
	);
	const unread = new Map(
		[...own].filter(([path]) => path.endsWith('.ndjson')).map(([path, bytes]) => [path, bytes]),
	);
	const parts = [...unread.keys()];
	const lines: string[] = [];
	const unreadable: string[] = [];
	const manifests: Manifest[] = [];
	const lineNumbers = new Map<string, number>();
	const allIds = new Set<string>();
	let previous: string | null = null;

	for (let sequence = 1; own.has(pathOfManifest(sequence)); sequence++) {
		const bytes = own.get(pathOfManifest(sequence)) ?? Buffer.alloc(0);
		const manifest = JSON.parse(bytes.toString()) as Manifest;
		const before = manifests.at(-1);
		expect(manifest).toMatchObject({ version: MANIFEST_VERSION, sequence, previous });
		if (before) {
			expect(manifest.coverage.from).toBe(before.coverage.to);
			expect(manifest.checkpoint.before).toBe(before.checkpoint.after);
		}
		expect(manifest.coverage.from <= manifest.coverage.to).toBe(true);

		const added: string[] = [];
		const ids: string[] = [];
		let reached = 0;
		for (const { path, line, lines: count, sha256: hash } of manifest.files) {
			expect(line).toBe((lineNumbers.get(path) ?? 0) + 1);
			lineNumbers.set(path, line + count - 1);
			const [taken, rest] = takeLines(unread.get(path) ?? Buffer.alloc(0), count);
			expect(sha256(taken)).toBe(hash);
			unread.set(path, rest);
			const texts = taken.toString().split('\n').slice(0, -1);
			expect(texts).toHaveLength(count);
			if (path.startsWith('unreadable.')) {
				unreadable.push(...texts);
				continue;
			}
			for (const text of texts) {
				const { id, created_at: createdAt } = rowOf(text);
				const instant = Date.parse(createdAt);
				const isInPlace = path.startsWith(dayPathOf(instant)) && instant >= reached;
				if (!isInPlace) expect([path, text]).toBe('a line of this day, behind older ones');
				reached = instant;
				ids.push(id);
				allIds.add(id);
			}
			added.push(...texts);
		}
		expect(manifest.activities).toEqual({
			count: added.length,
			first: ids[0] ?? null,
			last: ids.at(-1) ?? null,
		});
		lines.push(...added);
		manifests.push(manifest);
		previous = sha256(bytes);
	}

	expect([...own.keys()].filter((path) => path.startsWith('manifests/'))).toHaveLength(
		manifests.length,
	);
	expect([...unread].filter(([, rest]) => rest.length > 0)).toEqual([]);
	expect(allIds.size).toBe(lines.length);
	expect(new Set(unreadable).size).toBe(unreadable.length);
	const state = JSON.parse(own.get('.checkpoint.json')?.toString() ?? '{}') as {
		checkpoint: unknown;
		manifest: { sha256: string };
		contents: string;
	};
	expect(state.manifest.sha256).toBe(previous);
	expect(sha256(JSON.stringify(state.checkpoint))).toBe(manifests.at(-1)?.checkpoint.after);
	expect(sha256(state.contents)).toBe(manifests.at(-1)?.contents);
	return { lines, unreadable, manifests, parts };
}

/** The id of the activity in a line. */
export function idOf(line: string): string {
	return rowOf(line).id;
}

function rowOf(line: string): { id: string; created_at: string } {
	return JSON.parse(line) as { id: string; created_at: string };
}

function dayPathOf(instant: number): string {
	return new Date(instant).toISOString().slice(0, 10).replaceAll('-', '/');
}

function takeLines(content: Buffer, count: number): [taken: Buffer, rest: Buffer] {
	let end = 0;
	for (let line = 0; line < count; line++) end = content.indexOf('\n', end) + 1;
	return [content.subarray(0, end), content.subarray(end)];
}
