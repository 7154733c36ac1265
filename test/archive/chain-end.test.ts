import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pathOfManifest } from '../../archive/layout';
import { encodeManifest, type Manifest } from '../../archive/manifest';
import { sha256 } from '../../archive/sha256';
import { verifyArchive } from '../../archive/verify/verify';
import { UserError, fingerprint } from '../../core';
import { Bench, MINUTE, SECOND } from '../core/harness';
import { filesOf, onDisk } from './verify/archivist';
import { archiveFeed } from './archive-feed';
import { MemoryRepository } from './memory-branch';

const HEAD = 'audit/.checkpoint.json';
const manifestPath = (sequence: number) => `audit/${pathOfManifest(sequence)}`;

let bench: Bench;
let repository: MemoryRepository;

/** An archive of two commits, and activities that are new to it. Every call makes the same. */
async function setUp(): Promise<void> {
	bench = new Bench({ recordReads: false });
	repository = new MemoryRepository();
	for (const ago of [9 * MINUTE, 3 * MINUTE, MINUTE]) bench.happened(ago);
	await archiveFeed(bench, repository.branch());
	bench.clock.advance(MINUTE);
	bench.happened(0);
	await archiveFeed(bench, repository.branch());
	bench.clock.advance(30 * SECOND);
	for (const ago of [MINUTE, 0]) bench.happened(ago);
}

beforeEach(setUp);

const text = (path: string) => repository.files.get(path)?.toString() ?? '';

function put(files: Record<string, string | Buffer | undefined>): void {
	const all = new Map(repository.files);
	for (const [path, content] of Object.entries(files)) {
		if (content === undefined) all.delete(path);
		else all.set(path, Buffer.from(content));
	}
	repository.replace(all);
}

type Json = Record<string, unknown>;

/** Changes the head like a forger: with a matching checksum. */
function forge(change: (head: { checkpoint: Json; manifest: Json } & Json) => void): void {
	const head = JSON.parse(text(HEAD)) as { checkpoint: Json; manifest: Json } & Json;
	change(head);
	const { checksum, ...content } = head.checkpoint;
	const sorted = Object.entries(content).sort(([one], [other]) => (one < other ? -1 : 1));
	head.checkpoint = { ...content, checksum: checksum && fingerprint(JSON.stringify(sorted)) };
	put({ [HEAD]: `${JSON.stringify(head, null, '\t')}\n` });
}

const run = () => archiveFeed(bench, repository.branch());

/** Expects that a run stops before it adds anything. */
async function expectRefused(summary: string): Promise<void> {
	const before = repository.files;
	const asked = bench.simulated.requests.length;
	await expect(run()).rejects.toThrow(
		expect.objectContaining({
			code: 'invalid-checkpoint',
			summary: expect.stringContaining(summary),
			remedy: expect.stringContaining('changed'),
		}),
	);
	expect(repository.files).toBe(before);
	expect(bench.simulated.requests).toHaveLength(asked);
}

describe('a head that contradicts the last manifest stops the run:', () => {
	test.each<[string, () => unknown, string]>([
		[
			'emptied contents',
			() => forge((head) => (head.contents = '')),
			"The archive's .checkpoint.json contradicts manifest 2 about the fingerprints of contents.",
		],
		[
			'a changed end of the last run',
			() => forge(({ manifest }) => (manifest.endedAt = '2026-03-09T00:00:00.000Z')),
			'contradicts manifest 2 about the end of the last run',
		],
		[
			'a moved frontier, with a matching checksum',
			() => forge(({ checkpoint }) => (checkpoint.frontier = '2026-03-01T11:59:59.000Z')),
			'contradicts manifest 2 about the checkpoint',
		],
		[
			'an extended coverage',
			() => forge(({ manifest }) => (manifest.coveredTo = '2026-03-01T11:59:59.000Z')),
			'contradicts manifest 2 about where the coverage ends',
		],
		[
			'another hash',
			() => forge(({ manifest }) => (manifest.sha256 = '0'.repeat(64))),
			'has a SHA-256 for manifest 2 that does not match its file',
		],
		[
			'a number that no manifest has',
			() => forge(({ manifest }) => (manifest.sequence = 1_000_000_000)),
			'names manifest 1000000000 as the last one, but it is missing',
		],
		[
			'a changed manifest',
			() => put({ [manifestPath(2)]: text(manifestPath(2)).replace('runs/', 'rums/') }),
			'has a SHA-256 for manifest 2 that does not match its file',
		],
		[
			'a missing manifest',
			() => put({ [manifestPath(2)]: undefined }),
			'names manifest 2 as the last one, but it is missing',
		],
		[
			'a manifest that is not a manifest',
			() => {
				put({ [manifestPath(2)]: '{}' });
				forge(({ manifest }) => (manifest.sha256 = sha256('{}')));
			},
			'names manifest 2 as the last one, but it cannot be read',
		],
		[
			'a manifest of another number',
			() => {
				const forged = { ...(JSON.parse(text(manifestPath(2))) as Manifest), sequence: 7 };
				put({ [manifestPath(2)]: encodeManifest(forged) });
				forge(({ manifest }) => (manifest.sha256 = sha256(encodeManifest(forged))));
			},
			'contradicts manifest 2 about its number',
		],
		[
			'a manifest after the last one, which a commit would overwrite',
			() => put({ [manifestPath(9)]: 'x' }),
			'names manifest 2 as the last one, but manifests/00000/00000009.json exists',
		],
		[
			'another directory of manifests after the last one',
			() => put({ [manifestPath(1000)]: 'x' }),
			'names manifest 2 as the last one, but manifests/00001 exists',
		],
		[
			'a version with another meaning of times',
			() => forge((head) => (head.version = 1)),
			'cannot be used',
		],
		['too deep nesting', () => put({ [HEAD]: nested(text(HEAD)) }), 'cannot be used.'],
		['a missing head', () => put({ [HEAD]: undefined }), 'is missing'],
	])('%s', async (_, change, summary) => {
		change();
		await expectRefused(summary);
	});

	test('a complete head of an earlier time', async () => {
		const earlier = text(HEAD);
		await run();
		put({ [HEAD]: earlier });
		await expectRefused(
			'names manifest 2 as the last one, but manifests/00000/00000003.json exists',
		);
	});

	test('even a run that finds nothing new', async () => {
		await run();
		forge((head) => (head.contents = ''));
		await expectRefused('about the fingerprints of contents');
	});

	test('even if the archive is opened again after a lost race', async () => {
		const branch = repository.branch();
		let disturbed = false;
		const racing = archiveFeed(bench, {
			...branch,
			commit: async (...args) => {
				if (!disturbed) {
					await run();
					forge((head) => (head.contents = ''));
				}
				disturbed = true;
				return branch.commit(...args);
			},
		});
		await expect(racing).rejects.toThrow('contradicts manifest 3 about the fingerprints');
		expect(repository.files.has(manifestPath(4))).toBe(false);
	});
});

/** A checkpoint with a member that is nested too deep for any stack. */
function nested(head: string): string {
	const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
	return head.replace('"host"', `"deep": ${deep}, "host"`);
}

test('files that systems leave beside manifests and parts are neither', async () => {
	const leftovers = ['', 'manifests/', 'manifests/00000/', '2026/', '2026/03/'].flatMap((place) =>
		['.DS_Store', '._01.ndjson', 'Thumbs.db', '01.ndjson~'].map((name) => `audit/${place}${name}`),
	);
	put(Object.fromEntries(leftovers.map((path) => [path, 'x'])));
	await run();
	expect(repository.files.has(manifestPath(3))).toBe(true);
	const { findings, leftovers: found } = await verifyArchive(onDisk(filesOf(repository)));
	expect(findings).toEqual([]);
	expect(found).toHaveLength(leftovers.length);
});

/** The archive after a run, without the name of the run. */
function outcome() {
	const { checkpoint, contents } = JSON.parse(text(HEAD)) as Json;
	const manifest = { ...(JSON.parse(text(manifestPath(3))) as Manifest), run: '', previous: '' };
	return { checkpoint, contents, manifest, day: text('audit/2026/03/01.ndjson') };
}

describe('with any change in a head,', () => {
	let expected: ReturnType<typeof outcome>;

	/** Expects that a run stops without a change, or has the same outcome as without the forgery. */
	async function expectNoEffect(change: () => unknown): Promise<void> {
		await setUp();
		change();
		const before = repository.files;
		const error = await run()
			.then(() => undefined)
			.catch((thrown: unknown) => thrown);
		if (error === undefined) expect(outcome()).toEqual(expected);
		else {
			expect(error).toBeInstanceOf(UserError);
			expect(repository.files).toBe(before);
		}
	}

	beforeEach(async () => {
		await run();
		expected = outcome();
	});

	test('a byte: the run stops, or the change has no effect', async () => {
		const place = { at: fc.nat(1_000_000), by: fc.constantFrom(1, 2, 4, 8, 16, 32) };
		await fc.assert(
			fc.asyncProperty(fc.record(place), ({ at, by }) =>
				expectNoEffect(() => {
					const bytes = Buffer.from(text(HEAD));
					bytes[at % bytes.length]! ^= by;
					put({ [HEAD]: bytes });
				}),
			),
			{ numRuns: 150 },
		);
	});

	test('a field, with a matching checksum: the run stops, or the change has no effect', async () => {
		const { checkpoint, manifest, ...head } = JSON.parse(text(HEAD)) as {
			checkpoint: Json;
			manifest: Json;
		};
		const members = [
			...Object.keys(head).map((name) => ['', name] as const),
			...Object.keys(checkpoint).map((name) => ['checkpoint', name] as const),
			...Object.keys(manifest).map((name) => ['manifest', name] as const),
			...['', 'checkpoint', 'manifest'].map((part) => [part, 'added'] as const),
		];
		const value = fc.oneof(
			fc.constantFrom(null, '', 1, 3, 'AAAAAAAAAAAAAAAAAA==', 'f'.repeat(16), 'f'.repeat(64)),
			fc
				.date({
					min: new Date('2026-02-01T00:00:00Z'),
					max: new Date('2026-04-01T00:00:00Z'),
					noInvalidDate: true,
				})
				.map((date) => date.toISOString()),
		);
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...members), value, ([part, name], changed) =>
				expectNoEffect(() =>
					forge((all) => {
						const place = part === '' ? all : (all[part] as Json);
						place[name] = changed;
					}),
				),
			),
			{ numRuns: 150 },
		);
	});
});
