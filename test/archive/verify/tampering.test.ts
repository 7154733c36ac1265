import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pathOfManifest } from '../../../archive/layout';
import { encodeManifest, type Manifest } from '../../../archive/manifest';
import { sha256 } from '../../../archive/sha256';
import { decodeHead, encodeHead, type Head } from '../../../archive/head';
import type { Finding } from '../../../archive/verify/findings';
import { verifyArchive } from '../../../archive/verify/verify';
import { decodeCheckpoint, encodeCheckpoint } from '../../../core/sync/checkpoint';
import { toInstant } from '../../../core';
import { DAY, PRESENT } from '../../core/harness';
import { type Files, linesOf, onDisk } from './archivist';
import { sample, sampleOfParts } from './samples';

const STATE = '.checkpoint.json';
const DAY_FILE = '2026/03/01.ndjson';

let archive: Files;
beforeAll(async () => {
	archive = await sample();
});

const manifest = (sequence: number) => pathOfManifest(sequence);

function text(file: string): string {
	return archive.get(file)?.toString() ?? '';
}

function stateBytes(): Buffer {
	return archive.get(STATE) ?? Buffer.alloc(0);
}

function withFrontierAhead({ checkpoint, manifest, contents }: Head): Head {
	const position = decodeCheckpoint(checkpoint);
	const frontier = toInstant((position.frontier ?? 0) + DAY);
	return { checkpoint: encodeCheckpoint({ ...position, frontier }), manifest, contents };
}

function manifestOf(sequence: number): Manifest {
	return JSON.parse(text(manifest(sequence))) as Manifest;
}

/** The archive with other contents for some files; `undefined` removes a file. */
function changed(changes: Record<string, string | Buffer | undefined>): Files {
	const files = new Map(archive);
	for (const [file, content] of Object.entries(changes)) {
		if (content === undefined) files.delete(file);
		else files.set(file, Buffer.from(content));
	}
	return files;
}

function withLines(file: string, change: (lines: string[]) => unknown): Files {
	const lines = linesOf(archive.get(file));
	change(lines);
	return changed({ [file]: lines.join('') });
}

async function findingsOf(files: Files): Promise<readonly Finding[]> {
	const { findings } = await verifyArchive(onDisk(files));
	return findings;
}

const brief = ({ path: file, line, problem }: Finding) =>
	`${file}${line === undefined ? '' : `:${line}`} ${problem}`;

describe('an unchanged archive', () => {
	test('has no findings, and a report of what it holds', async () => {
		const verification = await verifyArchive(onDisk(archive));
		const manifests = [...archive.keys()].filter((file) => file.startsWith('manifests/'));
		expect(verification).toEqual({
			findings: [],
			omitted: 0,
			intervals: [
				{
					from: new Date(PRESENT - 3 * DAY).toISOString(),
					to: manifestOf(manifests.length).coverage.to,
					filters: undefined,
				},
			],
			activities: 24 + 3 * 5 + 1,
			dayFiles: 4,
			unreadable: 0,
			manifests: 10,
			leftovers: [],
			lastManifest: { sequence: 10, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
		});
	});

	test('has a day with lines from several runs, with late ones after others', () => {
		const additions = Array.from({ length: 10 }, (_, index) => manifestOf(index + 1).files).flat();
		expect(additions.filter((each) => each.path === DAY_FILE).length).toBeGreaterThan(5);
		const instants = linesOf(archive.get(DAY_FILE)).map(
			(line) => (JSON.parse(line) as { created_at: string }).created_at,
		);
		expect(instants).not.toEqual([...instants].sort());
	});

	test('may have days of several parts', async () => {
		const parts = await sampleOfParts();
		expect([...parts.keys()]).toContain('2026/03/01.2.ndjson');
		expect(await findingsOf(parts)).toEqual([]);
	});
});

describe('tampering is found and named:', () => {
	/** The first line of a run that added several, and the line after its last. */
	const run = () => {
		const found = Array.from({ length: 10 }, (_, index) => manifestOf(index + 1))
			.flatMap(({ sequence, files }) => files.map((file) => ({ sequence, ...file })))
			.find((file) => file.path === DAY_FILE && file.line > 1 && file.lines > 2);
		if (!found) throw new Error('The sample has no such run.');
		return { ...found, end: found.line + found.lines };
	};
	const swap = (lines: string[], one: number, other: number) => {
		[lines[one - 1], lines[other - 1]] = [lines[other - 1] ?? '', lines[one - 1] ?? ''];
	};
	const count = () => linesOf(archive.get(DAY_FILE)).length;

	test.each<[string, () => Files, () => RegExp[]]>([
		[
			'an edited line',
			() =>
				withLines(DAY_FILE, (lines) => {
					lines[run().line] = lines[run().line]?.replace('user_actor', 'user_attor') ?? '';
				}),
			() => [
				new RegExp(
					`^${DAY_FILE}:${run().line} Lines ${run().line} to ${run().end - 1} are not what manifest ${run().sequence} added`,
				),
			],
		],
		[
			'an edited line that is no activity any more, with its number',
			() => withLines(DAY_FILE, (lines) => (lines[run().line] = 'nothing\n')),
			() => [
				/are not what/,
				new RegExp(`^${DAY_FILE}:${run().line + 1} The line holds no activity`),
			],
		],
		[
			'a removed line, and nothing about those after it',
			() => withLines(DAY_FILE, (lines) => lines.splice(run().line, 1)),
			() => [
				new RegExp(
					`^${DAY_FILE}:${run().line} From here on, manifest ${run().sequence} added ${run().lines} lines; now the file has 1 line fewer`,
				),
			],
		],
		[
			'all lines of a run removed',
			() => withLines(DAY_FILE, (lines) => lines.splice(run().line - 1, run().lines)),
			() => [new RegExp(`^${DAY_FILE}:${run().line} .*manifest ${run().sequence} .* fewer`)],
		],
		[
			'the last line removed',
			() => withLines(DAY_FILE, (lines) => lines.pop()),
			() => [
				new RegExp(`^${DAY_FILE}:\\d+ From here on, manifest 8 added 1 line; now .*1 line fewer`),
			],
		],
		[
			'an inserted line',
			() =>
				withLines(DAY_FILE, (lines) =>
					lines.splice(run().line, 0, `{"id":"activity_1","created_at":"2026-03-01T00:00:00Z"}\n`),
				),
			() => [
				new RegExp(`^${DAY_FILE}:${run().line} .*1 line more`),
				new RegExp(`^${DAY_FILE}:${run().line + 1} The activity is older`),
			],
		],
		[
			'a line inserted between two runs',
			() => withLines(DAY_FILE, (lines) => lines.splice(run().line - 1, 0, '{}\n')),
			() => [
				new RegExp(`^${DAY_FILE}:${run().line} No manifest names this line`),
				new RegExp(`^${DAY_FILE}:${run().line} The line holds no activity`),
			],
		],
		[
			'a line repeated at the end',
			() => withLines(DAY_FILE, (lines) => lines.push(lines[1] ?? '')),
			() => [
				new RegExp(`^${DAY_FILE}:${count() + 1} No manifest names this line`),
				new RegExp(`^${DAY_FILE}:${count() + 1} The activity is also at ${DAY_FILE}:2`),
			],
		],
		[
			'two lines swapped within a run',
			() => withLines(DAY_FILE, (lines) => swap(lines, run().line, run().end - 1)),
			() => [
				new RegExp(`^${DAY_FILE}:${run().line} Lines .* are not what`),
				new RegExp(`^${DAY_FILE}:${run().line + 1} The activity is older`),
			],
		],
		[
			'a line without its end',
			() => changed({ [DAY_FILE]: text(DAY_FILE).trimEnd() }),
			() => [new RegExp(`^${DAY_FILE}:\\d+ The line is not what manifest 8 added`)],
		],
		[
			'other line ends',
			() => changed({ [DAY_FILE]: text(DAY_FILE).replaceAll('\n', '\r\n') }),
			() => [new RegExp(`^${DAY_FILE}:1 .* not what manifest`)],
		],
		[
			'a removed day file',
			() => changed({ [DAY_FILE]: undefined }),
			() => [new RegExp(`^${DAY_FILE} The file is missing: manifest \\d+ `)],
		],
		[
			'a renamed day file',
			() => changed({ [DAY_FILE]: undefined, '2026/03/05.ndjson': text(DAY_FILE) }),
			() => [/^2026\/03\/01.ndjson The file is missing/, /^2026\/03\/05.ndjson .*does not belong/],
		],
		[
			'an empty day file',
			() => changed({ '2026/03/01.2.ndjson': '' }),
			() => [/^2026\/03\/01.2.ndjson The file does not belong here/],
		],
		[
			'a file that does not belong to the archive, with any name',
			() => changed({ '\u001b[2Jnotes.txt': 'x' }),
			() => [/^\[2Jnotes.txt The file does not belong here/],
		],
		[
			'an edited manifest',
			() => changed({ [manifest(3)]: text(manifest(3)).replace('runs/1', 'runs/2') }),
			() => [
				new RegExp(`^${manifest(3)} The manifest was modified: its SHA-256 is .* in manifest 4`),
			],
		],
		[
			'a manifest in another form',
			() => changed({ [manifest(3)]: JSON.stringify(manifestOf(3)) }),
			() => [
				new RegExp(`^${manifest(3)} .*its formatting differs`),
				new RegExp(`^${manifest(3)} .*SHA-256`),
			],
		],
		[
			'a manifest that names a path outside of the archive',
			() =>
				changed({
					[manifest(3)]: text(manifest(3)).replace(/"path": "[^"]+"/, '"path": "../../x.ndjson"'),
				}),
			() => [new RegExp(`^${manifest(3)} This is not a valid manifest`)],
		],
		[
			'an edited last manifest',
			() => changed({ [manifest(10)]: text(manifest(10)).replace('runs/1', 'runs/2') }),
			() => [new RegExp(`^${manifest(10)} .*but .checkpoint.json has`)],
		],
		[
			'a removed manifest',
			() => changed({ [manifest(9)]: undefined }),
			() => [new RegExp(`^${manifest(9)} Manifest 9 is missing`)],
		],
		[
			'several removed manifests',
			() => changed({ [manifest(2)]: undefined, [manifest(3)]: undefined }),
			() => [new RegExp(`^${manifest(2)} Manifests 2 to 3 are missing`)],
		],
		[
			'the last manifest removed',
			() => changed({ [manifest(10)]: undefined }),
			() => [new RegExp(`^${manifest(10)} Manifest 10 is missing`)],
		],
		[
			'a renamed manifest',
			() => changed({ [manifest(9)]: undefined, [manifest(99)]: text(manifest(9)) }),
			() => [new RegExp(`^${manifest(99)} The file was renamed or changed: it holds manifest 9`)],
		],
		[
			'two manifests exchanged',
			() => changed({ [manifest(4)]: text(manifest(5)), [manifest(5)]: text(manifest(4)) }),
			() => [
				new RegExp(`^${manifest(4)} .*it holds manifest 5`),
				new RegExp(`^${manifest(5)} .*it holds manifest 4`),
			],
		],
		[
			'an added manifest',
			() => {
				const previous = sha256(text(manifest(10)));
				const added = { ...manifestOf(10), sequence: 11, previous, files: [] };
				return changed({ [manifest(11)]: encodeManifest(added) });
			},
			() => [new RegExp(`^${manifest(11)} The manifest does not belong here`)],
		],
		[
			'a removed checkpoint file',
			() => changed({ [STATE]: undefined }),
			() => [/^\.checkpoint\.json The file is missing/],
		],
		[
			'a checkpoint file of an earlier time',
			() => changed({ [STATE]: text(STATE).replace(/("sequence": )10/, '$19') }),
			() => [
				/^\.checkpoint\.json The file names manifest 9 as the last one, but with the SHA-256 of manifest 10/,
			],
		],
		[
			'a frontier set forward',
			() => changed({ [STATE]: text(STATE).replace(/("frontier": "2026-03-0)\d/, '$19') }),
			() => [/^\.checkpoint\.json .* its checksum does not match/],
		],
		[
			'a frontier set forward, with a matching checksum',
			() => changed({ [STATE]: encodeHead(withFrontierAhead(decodeHead(stateBytes()))) }),
			() => [/^\.checkpoint\.json The file contradicts the last manifest about the checkpoint/],
		],
		[
			'an end of the coverage set forward',
			() => changed({ [STATE]: text(STATE).replace(/("coveredTo": "2026-03-0)\d/, '$19') }),
			() => [
				/^\.checkpoint\.json The file contradicts the last manifest about where the coverage ends/,
			],
		],
		[
			'removed fingerprints of contents',
			() =>
				changed({
					[STATE]: text(STATE).replace(/("contents": )"[^"]*"/, '$1"AAAAAAAAAAAAAAAAAA=="'),
				}),
			() => [/^\.checkpoint\.json The file contradicts the last manifest about the fingerprints/],
		],
		[
			'a checkpoint file in another form',
			() => changed({ [STATE]: `${text(STATE)}\n` }),
			() => [/^\.checkpoint\.json The file was modified: its formatting differs/],
		],
		[
			'a checkpoint file of a newer version',
			() => changed({ [STATE]: text(STATE).replace('"version": 2', '"version": 3') }),
			() => [/^\.checkpoint\.json .*format version 3/],
		],
		[
			'edited attributes',
			() => changed({ '.gitattributes': '* text=auto\n' }),
			() => [/^\.gitattributes The file is not what the Action writes/],
		],
		[
			'removed attributes',
			() => changed({ '.gitattributes': undefined }),
			() => [/^\.gitattributes The file is missing/],
		],
	])('%s', async (_, tamper, expected) => {
		const findings = (await findingsOf(tamper())).map(brief);
		for (const pattern of expected()) {
			expect(findings).toContainEqual(expect.stringMatching(pattern));
		}
		// The cause comes first, and few other findings follow.
		expect(findings[0]).toMatch(expected()[0] ?? '');
		expect(findings.length).toBeLessThan(expected().length + 12);
	});

	test('a line moved among the lines of another run, in a day of two parts', async () => {
		const parts = new Map(await sampleOfParts());
		const lines = linesOf(parts.get(DAY_FILE));
		parts.set(DAY_FILE, Buffer.from([...lines.slice(1), lines[0]].join('')));
		expect((await findingsOf(parts)).map(brief)).toEqual([
			expect.stringMatching(/^2026\/03\/01.ndjson:1 Lines 1 to 3 are not what manifest 1 added/),
			expect.stringMatching(/^2026\/03\/01.ndjson:3 .*is older/),
		]);
	});

	test('a link in place of a file', async () => {
		const directory = onDisk(changed({ [DAY_FILE]: undefined }));
		const elsewhere = path.join(onDisk(new Map()), 'copy');
		writeFileSync(elsewhere, text(DAY_FILE));
		symlinkSync(elsewhere, path.join(directory, DAY_FILE));
		const { findings } = await verifyArchive(directory);
		expect(findings.map(brief)).toEqual([`${DAY_FILE} This is not a regular file.`]);
	});

	test('the list of many findings is cut, but all are counted', async () => {
		const directory = onDisk(archive);
		mkdirSync(path.join(directory, 'notes'));
		for (let each = 0; each < 150; each++) {
			writeFileSync(path.join(directory, 'notes', String(each)), '');
		}
		const { findings, omitted } = await verifyArchive(directory);
		expect([findings.length, omitted]).toEqual([100, 50]);
	});
});

describe('wrong content with matching hashes is found, too:', () => {
	/** The archive with a forged manifest at its end. */
	function forged(fields: Partial<Manifest>, files: Record<string, string> = {}): Files {
		const previous = sha256(text(manifest(10)));
		const manifest11 = { ...manifestOf(10), sequence: 11, previous, files: [], ...fields };
		return changed({ [manifest(11)]: encodeManifest(manifest11), ...files });
	}

	test.each<[string, Partial<Manifest>, RegExp]>([
		['a hole in the coverage', {}, /The coverage has a hole or an overlap: it ended at/],
		[
			'another checkpoint than the one before',
			{ checkpoint: { before: '0'.repeat(64), after: '0'.repeat(64) } },
			/did not start from the checkpoint/,
		],
		[
			'another count',
			{ activities: { count: 2, first: 'a', last: 'b' } },
			/counts 2 activities, but names 0 lines/,
		],
		[
			'ends without activities',
			{ activities: { count: 0, first: 'a', last: 'b' } },
			/do not match the number of activities/,
		],
	])('%s', async (_, fields, problem) => {
		const findings = (await findingsOf(forged(fields))).map(brief);
		expect(findings).toContainEqual(expect.stringMatching(problem));
	});

	const row = (id: string, second: number, day = '07') =>
		`{"id":"${id}","created_at":"2026-03-${day}T00:00:0${second}Z"}\n`;

	test.each<[string, string, RegExp]>([
		[
			'an activity of another day',
			row('a', 1) + row('b', 2, '08'),
			/07.ndjson:2 .* another day, 2026-03-08/,
		],
		['activities out of order', row('a', 2) + row('b', 1), /07.ndjson:2 The activity is older/],
		['a repeated activity', row('a', 1) + row('a', 2), /07.ndjson:2 .* is also at \S+07.ndjson:1/],
		[
			'a line that is not an activity',
			`${row('a', 1)}[]\n${row('b', 2)}`,
			/07.ndjson:2 .* no activity/,
		],
		['another first activity', row('c', 1) + row('b', 2), /another activity as the first one/],
		['another last activity', row('a', 1) + row('c', 2), /another activity as the last one/],
	])('%s', async (_, content, problem) => {
		const lines = linesOf(Buffer.from(content)).length;
		const file = '2026/03/07.ndjson';
		const files = forged(
			{
				activities: { count: lines, first: 'a', last: 'b' },
				files: [
					{ path: file, line: 1, lines, sha256: sha256(content) },
					// An unreadable line is neither the first nor the last activity.
					{ path: 'unreadable.ndjson', line: 1, lines: 1, sha256: sha256('{}\n') },
				],
			},
			{ [file]: content, 'unreadable.ndjson': '{}\n' },
		);
		expect((await findingsOf(files)).map(brief)).toContainEqual(expect.stringMatching(problem));
	});
});
