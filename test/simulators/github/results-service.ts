import type { ArtifactService } from './artifact-service';
import type { CacheService } from './cache-service';
import { actOut, type Faults } from './faults';
import { listen, readJson, sendJson, type LoopbackServer } from './loopback';
import { decodeRuntimeToken } from './runtime-token';
import { TwirpError } from './twirp';

const ROUTE = /^\/twirp\/github\.actions\.results\.api\.v1\.(CacheService|ArtifactService)\/(\w+)$/;

/** Serves the Actions results service (Twirp over JSON): caches and artifacts. */
export function startResultsService(services: {
	caches: CacheService;
	artifacts: ArtifactService;
	faults: Faults;
}): Promise<LoopbackServer> {
	const { caches, artifacts, faults } = services;
	return listen(async (request, response) => {
		const [, service, method = ''] = ROUTE.exec(request.url ?? '') ?? [];
		const body = await readJson(request);
		if (actOut(faultOf(faults, service, method), request, response)) return;
		try {
			const claims = decodeRuntimeToken(request.headers.authorization);
			if (!claims) throw new TwirpError(401, 'unauthenticated', 'missing or invalid token');
			if (!service) throw new TwirpError(404, 'bad_route', `no route for ${request.url}`);
			const target = service === 'CacheService' ? caches : artifacts;
			sendJson(response, 200, await target.call(method, body, claims));
		} catch (error) {
			if (!(error instanceof TwirpError)) throw error;
			sendJson(response, error.status, { code: error.code, msg: error.message });
		}
	});
}

function faultOf(
	faults: Faults,
	service: string | undefined,
	method: string,
): string | number | undefined {
	if (service === 'ArtifactService') return faults.artifacts;
	return method === 'GetCacheEntryDownloadURL' ? faults.cacheRead : faults.cacheWrite;
}
