import type { BlobStore } from './blob-store';
import type { Faults } from './faults';
import { runBackendId, type RuntimeClaims } from './runtime-token';
import { text, TwirpError, type TwirpRequest } from './twirp';
import { unzip } from './zip';

export interface Artifact {
	id: number;
	name: string;
	runId: number;
	attempt: number;
	size: number;
	/** `sha256:…` of the uploaded archive. */
	digest: string;
	createdAt: Date;
	expiresAt: Date;
	/** Set it to make GitHub answer 410 for the content. */
	expired: boolean;
	finalized: boolean;
}

const DEFAULT_RETENTION_MS = 90 * 24 * 3_600_000;

/** `github.actions.results.api.v1.ArtifactService`. */
export class ArtifactService {
	/** Is told when an upload is complete, before the run is. */
	onFinalized: () => void = () => undefined;

	private held: Artifact[] = [];
	private lastId = 0;

	constructor(
		private readonly blobs: BlobStore,
		private readonly faults: Faults,
	) {}

	/** The artifacts whose upload is complete, newest first. */
	get all(): Artifact[] {
		return this.held.filter((artifact) => artifact.finalized).reverse();
	}

	/** Drops a run's artifacts, as "Re-run all jobs" does to those of earlier attempts. */
	forget(runId: number): void {
		this.held = this.held.filter((artifact) => artifact.runId !== runId);
	}

	/** What the end of all retention periods does. */
	expireAll(): void {
		this.held = [];
	}

	/** The files inside an artifact, by their path. */
	async files(id: number): Promise<Map<string, Buffer>> {
		return unzip(await this.blobs.read(blobName(id)));
	}

	/** Where the archive can be fetched without a token. */
	downloadUrl(id: number): Promise<string> {
		return this.blobs.signedUrl(blobName(id), 'read');
	}

	async call(method: string, request: TwirpRequest, claims: RuntimeClaims): Promise<unknown> {
		switch (method) {
			case 'CreateArtifact':
				return this.create(request, claims);
			case 'FinalizeArtifact':
				return this.finalize(request);
			case 'ListArtifacts':
				return this.list(request, claims);
			case 'GetSignedArtifactURL':
				return { signed_url: await this.downloadUrl(this.named(request).id) };
			case 'DeleteArtifact':
				return this.remove(request);
			default:
				throw new TwirpError(404, 'bad_route', `no such method: ${method}`);
		}
	}

	private async create(request: TwirpRequest, claims: RuntimeClaims): Promise<unknown> {
		const name = text(request, 'name');
		const { runId, attempt } = claims;
		// Every attempt is a run of its own to the results service, so a re-run may take a name again.
		const taken = this.held.some(
			(held) => held.name === name && held.runId === runId && held.attempt === attempt,
		);
		if (taken) {
			throw new TwirpError(
				409,
				'already_exists',
				'an artifact with this name already exists on the workflow run',
			);
		}
		const expiresAt = text(request, 'expires_at');
		const artifact: Artifact = {
			id: ++this.lastId,
			name,
			runId,
			attempt,
			size: 0,
			digest: '',
			createdAt: new Date(),
			expiresAt: new Date(expiresAt || Date.now() + DEFAULT_RETENTION_MS),
			expired: false,
			finalized: false,
		};
		this.held.push(artifact);
		const expired = this.faults.artifacts === 'upload';
		return {
			ok: true,
			signed_upload_url: await this.blobs.signedUrl(blobName(artifact.id), 'write', expired),
		};
	}

	private finalize(request: TwirpRequest): unknown {
		const artifact = this.named(request);
		if (this.faults.artifacts === 'finalize') return { ok: false };
		artifact.size = Number(text(request, 'size'));
		artifact.digest = text(request, 'hash');
		artifact.finalized = true;
		this.onFinalized();
		return { ok: true, artifact_id: String(artifact.id) };
	}

	private list(request: TwirpRequest, claims: RuntimeClaims): unknown {
		const name = text(request, 'name_filter');
		const id = text(request, 'id_filter');
		return {
			artifacts: this.all
				.filter((artifact) => artifact.runId === claims.runId && !artifact.expired)
				.filter((artifact) => name === '' || artifact.name === name)
				.filter((artifact) => id === '' || String(artifact.id) === id)
				.map((artifact) => ({
					workflow_run_backend_id: runBackendId(artifact.runId, artifact.attempt),
					workflow_job_run_backend_id: claims.job,
					database_id: String(artifact.id),
					name: artifact.name,
					size: String(artifact.size),
					created_at: artifact.createdAt.toISOString(),
					digest: artifact.digest,
				})),
		};
	}

	private remove(request: TwirpRequest): unknown {
		const artifact = this.named(request);
		this.held = this.held.filter((held) => held !== artifact);
		return { ok: true, artifact_id: String(artifact.id) };
	}

	private named(request: TwirpRequest): Artifact {
		const artifact = this.held.find(
			(held) =>
				held.name === text(request, 'name') &&
				runBackendId(held.runId, held.attempt) === text(request, 'workflow_run_backend_id'),
		);
		if (!artifact) throw new TwirpError(404, 'not_found', 'no such artifact');
		return artifact;
	}
}

function blobName(id: number): string {
	return `artifacts/${id}.zip`;
}
