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

/** GitHub may refuse a name that an earlier attempt of the same run has used. */
export function artifactNameOf(name: string, { attempt }: WorkflowRun): string {
	return attempt > 1 ? `${name}-attempt-${attempt}` : name;
}

/**
 * Uploads files as an artifact of the run.
 *
 * @param files absolute paths below `root`
 * @throws Error when the artifact cannot be stored, or one of the files is not the Action's any more
 * @returns `undefined` on a GitHub Enterprise Server, which has no such artifacts: the files stay
 */
export async function uploadArtifact(
	run: WorkflowRun,
	name: string,
	files: readonly string[],
	root: string,
	retentionDays: number | undefined,
): Promise<UploadedArtifact | undefined> {
	// What uploads them follows links: one that came in place of a file would carry another one away.
	for (const file of files) await examinePrivate(root, path.relative(root, file));
	try {
		const { id, digest } = await new DefaultArtifactClient().uploadArtifact(
			name,
			[...files],
			root,
			{ retentionDays },
		);
		if (id === undefined) throw new Error('The artifact was uploaded, but got no id.');
		const { serverUrl, owner, repository } = run;
		const url = `${serverUrl}/${owner}/${repository}/actions/runs/${run.id}/artifacts/${id}`;
		return { id, name, url, digest: digest ? `sha256:${digest}` : '' };
	} catch (error) {
		const { name: kind, message } = error as Error;
		if (kind !== 'GHESNotSupportedError') {
			throw new Error(
				`The artifact ${quote(name)} could not be uploaded: ${quote(message)} If the name is taken, another step or job of this run has used it: give each its own artifact-name.`,
			);
		}
		actions.warning(
			'This GitHub Enterprise Server does not take artifacts of this kind: the new activities are in the output directory only, so a later step of this job has to keep them.',
		);
		return undefined;
	}
}
