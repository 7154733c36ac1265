import { UserError } from '../core';
import { contradictionOf, type StoredHead } from './head';
import {
	directoryOfManifest,
	HEAD_FILE,
	isLaterDirectory,
	MANIFESTS,
	pathOfManifest,
	sequenceAt,
} from './layout';
import { MANIFEST_VERSIONS } from './manifest';
import { sha256 } from './sha256';
import type { StoredFiles } from './stored-files';

/**
 * Checks a head against the end of the chain of manifests, before anything is built on it: what was
 * changed in it alone would vanish with the next commit.
 *
 * @throws NewerVersion
 * @throws UserError `invalid-checkpoint` when one of them was changed
 */
export async function requireChainEnd(
	files: StoredFiles,
	head: StoredHead,
	versions = MANIFEST_VERSIONS,
): Promise<void> {
	const { sequence, sha256: hash } = head.manifest;
	const bytes = await files.read(pathOfManifest(sequence));
	if (!bytes) throw contradicted(`calls manifest ${sequence} the last one, which is missing`);
	if (sha256(bytes) !== hash) {
		throw contradicted(`names another SHA-256 than manifest ${sequence} has`);
	}
	const manifest = versions.read(bytes)?.present;
	if (!manifest) throw contradicted(`names manifest ${sequence}, which cannot be read`);
	const about = contradictionOf(head, manifest);
	if (about !== undefined) throw contradicted(`contradicts manifest ${sequence} about ${about}`);
	const later = await laterManifest(files, sequence);
	if (later !== undefined) {
		throw contradicted(`calls manifest ${sequence} the last one, but there is ${later}`);
	}
}

/** A manifest, or what is named as one, behind the last one: a commit would overwrite it. */
async function laterManifest(files: StoredFiles, sequence: number): Promise<string | undefined> {
	const directory = directoryOfManifest(sequence);
	for (const name of await files.list(directory)) {
		const path = `${directory}/${name}`;
		if ((sequenceAt(path) ?? 0) > sequence) return path;
	}
	for (const name of await files.list(MANIFESTS)) {
		const path = `${MANIFESTS}/${name}`;
		if (isLaterDirectory(path, sequence)) return path;
	}
	return undefined;
}

function contradicted(what: string): UserError {
	return new UserError('invalid-checkpoint', `The archive's ${HEAD_FILE} ${what}.`, {
		remedy:
			'Something else has changed one of the two, so nothing is added. Verify the archive, and put back what was changed with a commit on top: `git checkout COMMIT -- FILE` takes a file from the last good commit of the branch.',
	});
}
