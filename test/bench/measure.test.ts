import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { measuring, missingForMeasuring } from '../../bench/measure';

const MB = 1e6;

// The bench itself says what this machine lacks.
(missingForMeasuring() === undefined ? test : test.skip)(
	'what is measured is all processes, not the last one',
	() => {
		const directory = mkdtempSync(path.join(tmpdir(), 'measure-'));
		try {
			for (const measured of ['large', 'small']) {
				const { through, usage } = measuring(directory);
				const [program = '', ...args] = [...through, process.execPath, '--eval'];
				if (measured === 'large') spawnSync(program, [...args, 'Buffer.alloc(3e8, 1)']);
				spawnSync(program, [...args, '']);
				if (measured === 'large') expect(usage().peakMemory).toBeGreaterThan(300 * MB);
				else expect(usage().peakMemory).toBeLessThan(300 * MB);
			}
		} finally {
			rmSync(directory, { recursive: true });
		}
	},
);
