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
 * Checks a head against the last manifest before a run adds anything. The next commit replaces the head,
 * and with it the traces of a change.
 *
 * @throws NewerVersion
 * @throws UserError `invalid-checkpoint` when the head or the manifest was changed
 */
export async function requireChainEnd(
	files: StoredFiles,
	head: StoredHead,
	versions = MANIFEST_VERSIONS,
): Promise<void> {
	const { sequence, sha256: hash } = head.manifest;
	const bytes = await files.read(pathOfManifest(sequence));
	if (!bytes) throw contradicted(`names manifest ${sequence} as the last one, but it is missing`);
	if (sha256(bytes) !== hash) {
		throw contradicted(`has a SHA-256 for manifest ${sequence} that does not match its file`);
	}
	const manifest = versions.read(bytes)?.present;
	if (!manifest)
		throw contradicted(`names manifest ${sequence} as the last one, but it cannot be read`);
	const about = contradictionOf(head, manifest);
	if (about !== undefined) throw contradicted(`contradicts manifest ${sequence} about ${about}`);
	const later = await laterManifest(files, sequence);
	if (later !== undefined) {
		throw contradicted(`names manifest ${sequence} as the last one, but ${later} exists`);
	}
}

/** The path of a file or directory where later manifests belong: a commit would overwrite it. */
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
			'Verify the archive, and restore the changed file with a new commit: `git checkout COMMIT -- FILE` takes a file from the last good commit of the branch. This run added nothing, because something else changed the file or the manifest.',
	});
}
