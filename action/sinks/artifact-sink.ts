import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as actions from '@actions/core';
import { type Checkpoint, rewindCheckpoint } from '../../core';
import { replaceFile } from '../io/durable';
import type { Inputs } from '../inputs';
import { ARTIFACT_COPY, encodeArtifactCopy } from '../github/artifact-copy';
import type { Delivered } from '../ledgers/ledger';
import { escapeText } from '../markdown';
import type { Fact, Receipt } from '../outputs';
import type { WorkflowRun } from '../github/workflow-run';
import type { UploadedArtifact } from './artifact-upload';
import type { NewFiles } from './new-files';
import type { Sink } from './sink';

/** An artifact of the workflow run. It holds the new records of this run and a copy of the checkpoint. */
export class ArtifactSink implements Sink {
	#artifact: UploadedArtifact | undefined;

	/**
	 * @param files what the artifact is to hold
	 * @param waitsForJob whether the checkpoint holds only if the job succeeds
	 */
	constructor(
		private readonly inputs: Inputs,
		private readonly run: WorkflowRun,
		private readonly files: NewFiles,
		private readonly waitsForJob: boolean,
	) {}

	get receipt(): Receipt {
		return artifactReceipt(this.#artifact);
	}

	/** The files are another sink's. */
	write(): Promise<void> {
		return Promise.resolve();
	}

	/** @throws Error when the artifact cannot be stored */
	async close({ checkpoint }: Delivered, start: Checkpoint | undefined): Promise<void> {
		if (this.files.files.length === 0) return;
		const { cacheKeyPrefix } = this.inputs;
		const copy = encodeArtifactCopy({
			cacheKeyPrefix,
			checkpoint,
			...(this.waitsForJob && { start: start ?? rewindCheckpoint(checkpoint) }),
		});
		this.#artifact = await actions.group('Upload the artifact', () => this.#upload(copy));
	}

	/** @param text the copy of the checkpoint */
	async #upload(text: string): Promise<UploadedArtifact | undefined> {
		const { artifactNameOf, uploadArtifact } = await import('./artifact-upload');
		const { artifactName, artifactRetentionDays } = this.inputs;
		const { directory, files } = this.files;
		const copy = path.join(directory, ARTIFACT_COPY);
		await replaceFile(directory, ARTIFACT_COPY, text);
		try {
			return await uploadArtifact(
				this.run,
				artifactNameOf(artifactName, this.run),
				[...files, copy],
				directory,
				artifactRetentionDays,
			);
		} finally {
			// The copy is for the artifact. In an output directory that outlives the run it would be stale.
			await rm(copy);
		}
	}
}

/** The receipt for an artifact. */
export function artifactReceipt(artifact: UploadedArtifact | undefined): Receipt {
	if (!artifact) return { outputs: {}, facts: [] };
	const { id, name, url, digest } = artifact;
	const facts: Fact[] = [['Artifact', `[${escapeText(name)}](${url})`]];
	if (digest) facts.push(['Artifact digest', `\`${digest}\``]);
	return {
		outputs: { 'artifact-id': id, 'artifact-url': url, 'artifact-digest': digest },
		facts,
	};
}
