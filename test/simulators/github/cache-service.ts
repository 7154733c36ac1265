import type { BlobStore } from './blob-store';
import type { Faults } from './faults';
import type { RuntimeClaims } from './runtime-token';
import { text, TwirpError, type TwirpRequest } from './twirp';

export interface CacheEntry {
	id: number;
	key: string;
	/** A hash over the cached paths and the compression; other versions are other caches. */
	version: string;
	/** The ref whose runs may write it. */
	scope: string;
	size: number;
	createdAt: Date;
	/** A reservation becomes an entry when its upload is finalized. */
	finalized: boolean;
}

/** `github.actions.results.api.v1.CacheService`. */
export class CacheService {
	private held: CacheEntry[] = [];
	private lastId = 0;

	constructor(
		private readonly blobs: BlobStore,
		private readonly faults: Faults,
	) {}

	/** The entries a run could restore, oldest first. */
	get entries(): CacheEntry[] {
		return this.held.filter((entry) => entry.finalized);
	}

	/** The archive that was uploaded for an entry. */
	content(entry: CacheEntry): Promise<Buffer> {
		return this.blobs.read(blobName(entry));
	}

	/** What a week without use, or a full quota, does. */
	evictAll(): void {
		this.held = [];
	}

	async call(method: string, request: TwirpRequest, claims: RuntimeClaims): Promise<unknown> {
		switch (method) {
			case 'CreateCacheEntry':
				return this.create(request, claims);
			case 'FinalizeCacheEntryUpload':
				return this.finalize(request, claims);
			case 'GetCacheEntryDownloadURL':
				return this.downloadUrl(request, claims);
			default:
				throw new TwirpError(404, 'bad_route', `no such method: ${method}`);
		}
	}

	private async create(request: TwirpRequest, claims: RuntimeClaims): Promise<unknown> {
		const own = writableScope(claims);
		if (own === undefined || this.faults.cacheWrite === 'read-only') {
			return { ok: false, message: 'cache write denied: token has no writable scopes' };
		}
		const [key, version] = [text(request, 'key'), text(request, 'version')];
		const taken = this.held.some(
			(entry) => entry.key === key && entry.version === version && entry.scope === own,
		);
		if (taken || this.faults.cacheWrite === 'refused') {
			throw new TwirpError(
				409,
				'already_exists',
				'cache entry with the same key, version, and scope already exists',
			);
		}
		const entry: CacheEntry = {
			id: ++this.lastId,
			key,
			version,
			scope: own,
			size: 0,
			createdAt: new Date(),
			finalized: false,
		};
		this.held.push(entry);
		const expired = this.faults.cacheWrite === 'upload';
		return {
			ok: true,
			signed_upload_url: await this.blobs.signedUrl(blobName(entry), 'write', expired),
		};
	}

	private finalize(request: TwirpRequest, claims: RuntimeClaims): unknown {
		const entry = this.held.find(
			(held) =>
				held.key === text(request, 'key') &&
				held.version === text(request, 'version') &&
				held.scope === writableScope(claims) &&
				!held.finalized,
		);
		if (!entry) throw new TwirpError(404, 'not_found', 'no such reservation');
		if (this.faults.cacheWrite === 'finalize') {
			return { ok: false, message: 'cache entry could not be finalized' };
		}
		entry.size = Number(text(request, 'size_bytes'));
		entry.finalized = true;
		return { ok: true, entry_id: String(entry.id) };
	}

	private async downloadUrl(request: TwirpRequest, claims: RuntimeClaims): Promise<unknown> {
		if (this.faults.cacheRead === 'denied') {
			throw new TwirpError(
				403,
				'permission_denied',
				'cache read denied: token has no readable scopes',
			);
		}
		const keys = [text(request, 'key'), ...((request.restore_keys as string[] | undefined) ?? [])];
		const version = text(request, 'version');
		for (const { scope } of claims.cacheScopes) {
			const entry = newestMatch(
				this.entries.filter((held) => held.scope === scope && held.version === version),
				keys,
			);
			if (!entry) continue;
			const expired = this.faults.cacheRead === 'download';
			return {
				ok: true,
				signed_download_url: await this.blobs.signedUrl(blobName(entry), 'read', expired),
				matched_key: entry.key,
			};
		}
		return { ok: false };
	}
}

/** Key by key: the very key, else the newest that begins with it. */
function newestMatch(entries: CacheEntry[], keys: string[]): CacheEntry | undefined {
	const newestFirst = entries.slice().reverse();
	for (const key of keys) {
		const match =
			newestFirst.find((entry) => entry.key === key) ??
			newestFirst.find((entry) => entry.key.startsWith(key));
		if (match) return match;
	}
	return undefined;
}

function writableScope(claims: RuntimeClaims): string | undefined {
	return claims.cacheScopes.find(({ writable }) => writable)?.scope;
}

function blobName(entry: CacheEntry): string {
	return `caches/${entry.id}`;
}
