import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CacheFailure, EntryCache } from '../../../action/ledgers/entry-cache';
import { limitSilence } from '../../../action/io/silence';
import { encodeRuntimeToken } from '../../simulators/github/runtime-token';
import { type Proxy, startProxy } from '../end-to-end/proxy';

const environment = process.env;
let temporary: string;
let proxy: Proxy;
let liftLimit: () => void;

beforeEach(async () => {
	proxy = await startProxy();
	temporary = mkdtempSync(path.join(tmpdir(), 'silence-'));
	process.env = {
		...environment,
		HTTPS_PROXY: proxy.url,
		NO_PROXY: '',
		RUNNER_TEMP: temporary,
		ACTIONS_RESULTS_URL: 'https://results.example/',
		ACTIONS_RUNTIME_TOKEN: encodeRuntimeToken({ runId: 1, attempt: 1, job: '', cacheScopes: [] }),
		ACTIONS_CACHE_SERVICE_V2: '1',
	};
	liftLimit = limitSilence(300);
});

afterEach(async () => {
	liftLimit();
	process.env = environment;
	rmSync(temporary, { recursive: true, force: true });
	await proxy.close();
});

it('of a proxy keeps no library of GitHub waiting, and no connection open', async () => {
	proxy.manner = 'silent';
	const entries = new EntryCache('.entry', ['text']);
	await expect(entries.has('key')).rejects.toThrow(CacheFailure);
	// On a slow machine, the connection may be closed before it asks for its tunnel.
	expect(new Set(['results.example:443', ...proxy.tunnels]).size).toBe(1);
	for (let looks = 0; proxy.open > 0; looks++) {
		if (looks > 5000) throw new Error('It stayed open.');
		await sleep(2);
	}
});
