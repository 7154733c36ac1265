import { beforeAll, describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { Archive } from '../../archive/archive';
import { requireChainEnd } from '../../archive/chain-end';
import { decodeHead, encodeHead } from '../../archive/head';
import { HEAD_FILE, pathOfManifest } from '../../archive/layout';
import { type Manifest, MANIFEST_VERSIONS } from '../../archive/manifest';
import { sha256 } from '../../archive/sha256';
import { StoredFiles } from '../../archive/stored-files';
import { verifyArchive } from '../../archive/verify/verify';
import { encodeFile, NewerVersion, versionOf } from '../../archive/versions';
import { MemoryRepository } from './memory-branch';
import { type Files, onDisk } from './verify/archivist';
import { sample } from './verify/samples';

/** A manifest of a future release, with one more member: the user that started the run. */
interface Later extends Manifest {
	readonly operator: string | null;
}

const later = v.custom<Later>(
	(content) => versionOf(content) === 2 && Object.keys(content as object).at(-1) === 'operator',
);

const LATER_VERSIONS = MANIFEST_VERSIONS.next(later, (before) => ({
	...before,
	version: 2,
	operator: null,
}));

/** An archive of this release, and the same after a commit of a future release. */
let archive: Files;
let mixed: Files;

beforeAll(async () => {
	archive = await sample();
	const before = JSON.parse(bytesOf(archive, 10).toString()) as Manifest;
	const added = encodeFile({
		...before,
		version: 2,
		sequence: 11,
		previous: sha256(bytesOf(archive, 10)),
		coverage: { from: before.coverage.to, to: before.coverage.to },
		checkpoint: { before: before.checkpoint.after, after: before.checkpoint.after },
		activities: { count: 0, first: null, last: null },
		files: [],
		operator: 'somebody',
	});
	const { checkpoint, manifest, contents } = decodeHead(archive.get(HEAD_FILE)!);
	const named = { ...manifest, sequence: 11, sha256: sha256(added) };
	mixed = new Map(archive)
		.set(pathOfManifest(11), added)
		.set(HEAD_FILE, encodeHead({ checkpoint, manifest: named, contents }));
});

function bytesOf(files: Files, sequence: number): Buffer {
	return files.get(pathOfManifest(sequence)) ?? Buffer.alloc(0);
}

function repositoryOf(files: Files): MemoryRepository {
	const repository = new MemoryRepository();
	repository.replace(new Map([...files].map(([path, bytes]) => [`audit/${path}`, bytes])));
	return repository;
}

async function problems(
	files: Files,
	versions: typeof MANIFEST_VERSIONS = LATER_VERSIONS,
): Promise<string[]> {
	const { findings } = await verifyArchive(onDisk(files), versions);
	return findings.map(({ path, problem }) => `${path} ${problem}`);
}

describe('with a second version of manifests,', () => {
	test('those of the first one remain evidence', async () => {
		const now = await verifyArchive(onDisk(archive));
		expect(now.findings).toEqual([]);
		expect(await verifyArchive(onDisk(archive), LATER_VERSIONS)).toEqual(now);
	});

	test('those of the first one are migrated, and their original is kept', () => {
		const written = JSON.parse(bytesOf(archive, 3).toString()) as Manifest;
		expect(LATER_VERSIONS.read(bytesOf(archive, 3))).toEqual({
			present: { ...written, version: 2, operator: null },
			written,
		});
	});

	test('a chain of both verifies, and a run continues from its end', async () => {
		expect(await problems(mixed)).toEqual([]);
		for (const files of [archive, mixed]) {
			const branch = repositoryOf(files).branch();
			const stored = new StoredFiles(branch, await branch.tip(), 'audit');
			await requireChainEnd(stored, decodeHead(files.get(HEAD_FILE)!), LATER_VERSIONS);
		}
	});

	test.each<[string, (text: string) => string, RegExp]>([
		['other white space', (text) => text.replaceAll('\t', ' '), /its formatting differs/],
		[
			'other order',
			(text) => {
				const { query, ...others } = JSON.parse(text) as Manifest;
				return encodeFile({ ...others, query }).toString();
			},
			/This is not a valid manifest/,
		],
		[
			'a member of the second',
			(text) => encodeFile({ ...(JSON.parse(text) as Manifest), operator: null }).toString(),
			/This is not a valid manifest/,
		],
		[
			'the number of the second',
			(text) => text.replace('"version": 1', '"version": 2'),
			/This is not a valid manifest/,
		],
		['another run', (text) => text.replace('runs/1', 'runs/2'), /its SHA-256 is/],
	])('a manifest of the first one with %s is a finding', async (_, change, problem) => {
		const changed = Buffer.from(change(bytesOf(mixed, 3).toString()));
		expect(changed).not.toEqual(bytesOf(mixed, 3));
		const [first] = await problems(new Map(mixed).set(pathOfManifest(3), changed));
		expect(first).toMatch(pathOfManifest(3));
		expect(first).toMatch(problem);
	});

	test('and a third one, each manifest is migrated step by step', () => {
		const versions = LATER_VERSIONS.next(
			v.custom<Later>((content) => versionOf(content) === 3),
			(before) => ({ ...before, version: 3, operator: before.operator ?? 'nobody' }),
		);
		const operators = [3, 11].map((sequence) => versions.read(bytesOf(mixed, sequence)));
		expect(operators).toMatchObject([
			{ present: { version: 3, operator: 'nobody' }, written: { version: 1 } },
			{ present: { version: 3, operator: 'somebody' }, written: { version: 2 } },
		]);
	});
});

describe('a manifest of a newer release', () => {
	test('is a finding with that reason', async () => {
		expect((await problems(mixed, MANIFEST_VERSIONS))[0]).toBe(
			`${pathOfManifest(11)} The manifest has format version 2; this version of the Action knows 1 at most. Verify the archive with the newer release that wrote it.`,
		);
	});

	test('stops a run with that reason', async () => {
		const repository = repositoryOf(mixed);
		const opening = Archive.open(repository.branch(), 'audit', async () => undefined);
		const error = await opening.catch((thrown: unknown) => thrown);
		expect(error).toBeInstanceOf(NewerVersion);
		expect(error).toMatchObject({
			code: 'invalid-checkpoint',
			summary: 'The manifest has format version 2; this version of the Action knows 1 at most.',
			remedy: expect.stringContaining('Use the newer release that wrote it'),
		});
	});
});

test('a head of a newer release is a finding with that reason', async () => {
	const text = archive.get(HEAD_FILE)?.toString() ?? '';
	const newer = Buffer.from(text.replace('"version": 2', '"version": 3'));
	expect(await problems(new Map(archive).set(HEAD_FILE, newer))).toEqual([
		`${HEAD_FILE} The archive has format version 3; this version of the Action knows 2 at most. Verify the archive with the newer release that wrote it.`,
	]);
});
