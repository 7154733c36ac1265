import { UserError, quote } from '../../core';
import { ATTRIBUTES, ATTRIBUTES_FILE, HEAD_FILE, type Part, partAt, sequenceAt } from '../layout';
import { MAX_PART_SIZE } from '../limits';
import { MANIFEST_VERSIONS } from '../manifest';
import { ArchiveFiles, NOT_READ } from './archive-files';
import { Chain, type Claim } from './chain';
import { type Finding, Findings } from './findings';
import type { Fingerprint } from './fingerprint';
import { IdRegister } from './id-register';
import { type CoveredInterval, coveredIntervals } from './intervals';
import { MAX_IDLE_LINES, PartCheck } from './part-check';
import { PartLines } from './part-lines';

/** The result of verifying an archive. */
export interface Verification {
	/** Empty when everything is as the Action wrote it. */
	readonly findings: readonly Finding[];
	/** Number of findings that are not listed. */
	readonly omitted: number;
	/** The covered intervals. */
	readonly intervals: readonly CoveredInterval[];
	readonly activities: number;
	readonly dayFiles: number;
	/** Number of unreadable records. */
	readonly unreadable: number;
	readonly manifests: number;
	/** Files that operating systems, editors and git leave in a directory. They do no harm. */
	readonly leftovers: readonly string[];
	/** Its hash covers everything before it; `undefined` when there is no manifest. */
	readonly lastManifest: { readonly sequence: number; readonly sha256: string } | undefined;
}

interface PartFile {
	readonly path: string;
	readonly part: Part;
}

/**
 * Checks an archive against its own manifests. Reads only the directory, and uses no network.
 *
 * @param directory the archive's directory in a checkout of the branch
 * @param versions the versions of manifests that can be read
 * @param fingerprint of ids; with a random key unless given
 * @throws UserError when the directory cannot be read, or holds no archive
 */
export async function verifyArchive(
	directory: string,
	versions = MANIFEST_VERSIONS,
	fingerprint?: Fingerprint,
): Promise<Verification> {
	const files = await openArchive(directory);
	const findings = new Findings();
	const chain = await Chain.read(files, findings, versions);
	const { claims, last } = chain;
	const parts = await checkFiles(files, claims, findings);
	const { activities, unreadable } = await checkParts(
		files,
		parts,
		claims,
		findings,
		new IdRegister(fingerprint),
	);
	return {
		findings: findings.listed,
		omitted: findings.omitted,
		intervals: coveredIntervals([...chain.links.values()].map(({ manifest }) => manifest)),
		activities,
		dayFiles: parts.filter(({ part }) => part.day !== null).length,
		unreadable,
		manifests: chain.links.size,
		leftovers: files.leftovers,
		lastManifest: last && { sequence: last.manifest.sequence, sha256: last.sha256 },
	};
}

/**
 * The files of an archive.
 *
 * @throws UserError when the directory cannot be read, or holds no archive
 */
export async function openArchive(directory: string): Promise<ArchiveFiles> {
	const files = await ArchiveFiles.in(directory).catch((error: NodeJS.ErrnoException) => {
		throw noArchive(`The directory ${quote(directory)} cannot be read (${error.code}).`);
	});
	if ([...files.paths].some((path) => path === HEAD_FILE || sequenceAt(path))) return files;
	throw noArchive(
		`The directory ${quote(directory)} holds no archive: it has neither a ${HEAD_FILE} nor a manifest.`,
	);
}

/** Reports missing and foreign files. Returns the parts that manifests name. */
async function checkFiles(
	files: ArchiveFiles,
	claims: ReadonlyMap<string, readonly Claim[]>,
	findings: Findings,
): Promise<PartFile[]> {
	const attributes = await files.read(ATTRIBUTES_FILE, ATTRIBUTES.length);
	if (attributes?.toString('latin1') !== ATTRIBUTES) {
		findings.add(
			ATTRIBUTES_FILE,
			'file',
			`The file is ${files.paths.has(ATTRIBUTES_FILE) ? 'not what the Action writes' : 'missing'}.`,
		);
	}
	for (const [path, [claim]] of claims) {
		if (files.paths.has(path) || files.oddities.has(path)) continue;
		findings.add(
			path,
			'missing',
			`The file is missing: manifest ${claim?.manifest.sequence} added lines to it.`,
		);
	}
	for (const [path, problem] of files.oddities) findings.add(path, 'file', problem);
	const parts: PartFile[] = [];
	for (const path of files.paths) {
		if (path === HEAD_FILE || path === ATTRIBUTES_FILE || sequenceAt(path)) continue;
		const part = partAt(path);
		if (part && claims.has(path)) parts.push({ path, part });
		else findings.add(path, 'file', 'The file does not belong here: no manifest names it.');
	}
	return parts.sort(
		({ part: one }, { part: other }) =>
			(one.day ?? '').localeCompare(other.day ?? '') || one.number - other.number,
	);
}

/** @returns the numbers of activities and unreadable records */
async function checkParts(
	files: ArchiveFiles,
	parts: readonly PartFile[],
	claims: ReadonlyMap<string, readonly Claim[]>,
	findings: Findings,
	ids: IdRegister,
): Promise<Pick<PartCheck, 'activities' | 'unreadable'>> {
	const check = new PartCheck(findings, ids);
	for (const { path, part } of parts) {
		const isRead = await files.inspect(path, MAX_PART_SIZE, (bytes) => {
			check.check(path, part, new PartLines(bytes), claims.get(path) ?? []);
			return true;
		});
		if (!isRead) findings.add(path, 'missing', NOT_READ);
	}
	const repeated = ids.repeated();
	if (repeated.size > 0) {
		const isRepeated = (id: string) => {
			const bytes = Buffer.from(id);
			return repeated.has(ids.fingerprintOf(bytes, 0, bytes.length));
		};
		await nameRepeated(files, parts, isRepeated, findings);
	}
	return check;
}

/**
 * Reads the parts again, to find the lines of repeated ids.
 *
 * @param mayRepeat whether an id repeats, or is different from another with the same fingerprint
 */
async function nameRepeated(
	files: ArchiveFiles,
	parts: readonly PartFile[],
	mayRepeat: (id: string) => boolean,
	findings: Findings,
): Promise<void> {
	const places = new Map<string, string>();
	for (const { path, part } of parts) {
		await files.inspect(path, MAX_PART_SIZE, (bytes) => {
			const lines = new PartLines(bytes);
			for (let line = 1, idle = 0; line <= lines.count && idle < MAX_IDLE_LINES; line++) {
				const id = part.day === null ? lines.unreadableId(line) : lines.row(line)?.id;
				if (id === undefined) idle++;
				if (id === undefined || !mayRepeat(id)) continue;
				const place = places.get(id);
				const what = part.day === null ? 'record' : 'activity';
				if (place === undefined) places.set(id, `${path}:${line}`);
				else {
					idle++;
					findings.add([path, line], 'repeat', `The ${what} is also at ${place}.`);
				}
			}
		});
	}
}

function noArchive(summary: string): UserError {
	return new UserError('invalid-setting', summary, {
		remedy:
			'Name the directory of the archive in a checkout of its branch, such as ./audit. In a workflow, check the branch out in an earlier step, and set the input path.',
	});
}
