import { ComplianceError } from '../core';
import {
	decodeManifest,
	directoryOfManifest,
	MANIFESTS,
	pathOfManifest,
	sequenceAt,
	sha256,
} from './manifest';
import { contradictionOf, STATE_FILE, type StoredState } from './head';

/** The files of an archive at one commit, by their path below its directory. */
export interface StoredFiles {
	/** @returns `undefined` when there is no such file */
	read(path: string): Promise<Buffer | undefined>;
	/** The names in a directory; none when there is no such directory. */
	list(directory: string): Promise<ReadonlySet<string>>;
}

/** Whether there is a chain of manifests, of whatever length. */
export async function hasChain(files: StoredFiles): Promise<boolean> {
	return (await files.list(MANIFESTS)).size > 0;
}

/**
 * Checks a state against the end of the chain of manifests, before anything is built on it: what was
 * changed in it alone would vanish with the next commit.
 *
 * @throws ComplianceError `invalid-checkpoint` when one of them was changed
 */
export async function requireChainEnd(files: StoredFiles, state: StoredState): Promise<void> {
	const { sequence, sha256: hash } = state.manifest;
	const bytes = await files.read(pathOfManifest(sequence));
	if (!bytes) throw contradicted(`calls manifest ${sequence} the last one, which is missing`);
	if (sha256(bytes) !== hash) {
		throw contradicted(`names another SHA-256 than manifest ${sequence} has`);
	}
	const manifest = decodeManifest(bytes);
	if (!manifest) throw contradicted(`names manifest ${sequence}, which cannot be read`);
	const about = contradictionOf(state, manifest);
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
		if (/^\d+$/.test(name) && path > directory) return path;
	}
	return undefined;
}

function contradicted(what: string): ComplianceError {
	return new ComplianceError('invalid-checkpoint', `The archive's ${STATE_FILE} ${what}.`, {
		remedy:
			'Something else has changed one of the two, so nothing is added. Verify the archive, and put back what was changed with a commit on top: `git checkout COMMIT -- FILE` takes a file from the last good commit of the branch.',
	});
}
