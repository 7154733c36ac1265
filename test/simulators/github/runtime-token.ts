/** What the results service reads from an ACTIONS_RUNTIME_TOKEN. */
export interface RuntimeClaims {
	runId: number;
	attempt: number;
	job: string;
	/** The caches this job may use, its own first. */
	cacheScopes: CacheScope[];
}

export interface CacheScope {
	/** A ref such as `refs/heads/main`. */
	scope: string;
	writable: boolean;
}

const READ = 1;
const WRITE = 2;

/** The id under which the results service files one attempt of a run. */
export function runBackendId(runId: number, attempt: number): string {
	return `run-${runId}-attempt-${attempt}`;
}

/** Makes an unsigned token with the claims a hosted runner's token carries. */
export function encodeRuntimeToken(claims: RuntimeClaims): string {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const payload = {
		scp: `Actions.Results:${runBackendId(claims.runId, claims.attempt)}:${claims.job}`,
		ac: JSON.stringify(
			claims.cacheScopes.map(({ scope, writable }) => ({
				Scope: scope,
				Permission: writable ? READ | WRITE : READ,
			})),
		),
	};
	return `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.`;
}

/** Reads the claims of an `Authorization: Bearer` header; undefined when there are none. */
export function decodeRuntimeToken(authorization: string | undefined): RuntimeClaims | undefined {
	const payload = /^Bearer [^.]+\.([^.]+)\./.exec(authorization ?? '')?.[1];
	if (payload === undefined) return undefined;
	const { scp, ac } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
		scp: string;
		ac: string;
	};
	const ids = /Actions\.Results:run-(\d+)-attempt-(\d+):(\S+)/.exec(scp);
	if (!ids) return undefined;
	const scopes = JSON.parse(ac) as { Scope: string; Permission: number }[];
	return {
		runId: Number(ids[1]),
		attempt: Number(ids[2]),
		job: ids[3] ?? '',
		cacheScopes: scopes.map(({ Scope, Permission }) => ({
			scope: Scope,
			writable: (Permission & WRITE) !== 0,
		})),
	};
}
