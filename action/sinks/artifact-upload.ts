import path from 'node:path';
import { DefaultArtifactClient } from '@actions/artifact';
import * as actions from '@actions/core';
import { quote } from '../../core';
import { examinePrivate } from '../io/private-files';
import type { WorkflowRun } from '../github/workflow-run';

export interface UploadedArtifact {
	readonly id: number;
	readonly name: string;
	readonly url: string;
	/** `sha256:…` */
	readonly digest: string;
}

/** The artifact's name. GitHub may refuse a name that an earlier attempt of the same run used. */
export function artifactNameOf(name: string, { attempt }: WorkflowRun): string {
	return attempt > 1 ? `${name}-attempt-${attempt}` : name;
}

/**
 * Uploads files as an artifact of the run.
 *
 * @param files absolute paths below `root`
 * @throws Error when the artifact cannot be stored, or when something else replaced one of the files
 * @returns `undefined` on a GitHub Enterprise Server, which has no such artifacts
 */
export async function uploadArtifact(
	run: WorkflowRun,
	name: string,
	files: readonly string[],
	root: string,
	retentionDays: number | undefined,
): Promise<UploadedArtifact | undefined> {
	// The upload follows links: if a link replaced a file, another file would be uploaded.
	for (const file of files) await examinePrivate(root, path.relative(root, file));
	try {
		const { id, digest } = await new DefaultArtifactClient().uploadArtifact(
			name,
			[...files],
			root,
			{ retentionDays },
		);
		if (id === undefined) throw new Error('The artifact was uploaded, but GitHub gave it no id.');
		const { serverUrl, owner, repository } = run;
		const url = `${serverUrl}/${owner}/${repository}/actions/runs/${run.id}/artifacts/${id}`;
		return { id, name, url, digest: digest ? `sha256:${digest}` : '' };
	} catch (error) {
		const { name: kind, message } = error as Error;
		if (kind !== 'GHESNotSupportedError') {
			throw new Error(
				`The artifact ${quote(name)} could not be uploaded: ${quote(message)} If the name is taken, another step or job of this run used it: give each its own artifact-name.`,
			);
		}
		actions.warning(
			'This GitHub Enterprise Server does not support artifacts of this kind. The new activities are only in the output directory: save them in a later step of this job.',
		);
		return undefined;
	}
}
