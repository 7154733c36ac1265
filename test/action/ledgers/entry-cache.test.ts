import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import * as files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

/** The errors of the disk, by the name of the called function. */
const disk: { writeFile?: string; mkdtemp?: string } = {};

function unless<Call extends (...args: never[]) => unknown>(name: keyof typeof disk, call: Call) {
	return (...args: Parameters<Call>) => {
		const code = disk[name];
		if (code === undefined) return call(...args);
		return Promise.reject(Object.assign(new Error(`${code}: the disk says so`), { code }));
	};
}

jest.unstable_mockModule('node:fs/promises', () => ({
	...files,
	writeFile: unless('writeFile', files.writeFile),
	mkdtemp: unless('mkdtemp', files.mkdtemp),
}));

const { obstacleToEntries } = await import('../../../action/ledgers/entry-cache');

describe('a disk', () => {
	const environment = process.env;
	let temporary: string;
	beforeEach(() => {
		temporary = realpathSync(mkdtempSync(path.join(tmpdir(), 'entry-cache-')));
		process.env = { ...environment, RUNNER_TEMP: temporary };
	});
	afterEach(() => {
		process.env = environment;
		delete disk.writeFile;
		delete disk.mkdtemp;
		rmSync(temporary, { recursive: true, force: true });
	});

	it('that takes what is written is no obstacle', async () => {
		expect(await obstacleToEntries()).toBeUndefined();
	});

	it.each(['ENOSPC', 'EDQUOT', 'EROFS'])(
		'that takes no more is named as the cause: %s',
		async (code) => {
			disk.writeFile = code;
			const { what, remedy } = (await obstacleToEntries())!;
			expect(what).toBe(
				`The Actions cache needs room for temporary files, but cannot write them in ${temporary}: ${code}: the disk says so.`,
			);
			expect(remedy).toMatch(/^If the disk or the quota is full, make room there\./);
		},
	);

	it.each(['ENOSPC', 'EDQUOT', 'EACCES'])('that takes no directory says why: %s', async (code) => {
		disk.mkdtemp = code;
		const { what } = (await obstacleToEntries())!;
		expect(what).toContain(`${temporary} (${code}) and ${tmpdir()} (${code}) cannot be used.`);
	});
});
