import { describe, expect, it } from '@jest/globals';
import {
	decodeContents,
	decodeState,
	encodeState,
	type State,
} from '../../../action/archive/state';
import { Fingerprints } from '../../../core';
import { Bench } from '../../core/harness';

async function someState(): Promise<State> {
	const bench = new Bench();
	bench.happened(0);
	const { checkpoint } = await bench.run();
	if (!checkpoint) throw new Error('The sync left no checkpoint.');
	const contents = new Fingerprints();
	contents.add('activity_1', bench.clock.now());
	return {
		checkpoint,
		manifest: { sequence: 3, sha256: 'a'.repeat(64), endedAt: '2026-03-01T12:00:00.000Z' },
		contents: contents.encode(bench.clock.now()),
	};
}

describe('the state of an archive', () => {
	it('is read as it was written', async () => {
		const state = await someState();
		expect(decodeState(encodeState(state))).toEqual(state);
		expect(decodeContents(state).has('activity_1')).toBe(true);
	});

	it.each([
		['no JSON', () => '{'],
		['nothing', () => ''],
		['no object', () => 'null'],
		['another JSON', () => '{}'],
		['no version', edit(/"version": 1,\n\t"checkpoint"/, '"checkpoint"')],
		['no manifest', edit(/"manifest": \{[^}]*\}/, '"manifest": null')],
		['no number', edit(/"sequence": 3/, '"sequence": "3"')],
		['no hash', edit(/"sha256": "a+"/, '"sha256": "a"')],
		['no time', edit(/"endedAt": ".*?"/, '"endedAt": "noon"')],
		['no contents', edit(/"contents": ".*?"/, '"contents": null')],
		['no checkpoint', edit(/"checkpoint": \{[^}]*\}/, '"checkpoint": null')],
		['half a checkpoint', edit(/"host": ".*?",/, '')],
		['a newer checkpoint', edit(/"version": 1,(\s+"host")/, '"version": 9,$1')],
	])('is refused with %s', async (_, change) => {
		const text = encodeState(await someState()).toString();
		const changed = change(text);
		expect(changed).not.toBe(text);
		expect(() => decodeState(Buffer.from(changed))).toThrow(
			expect.objectContaining({
				code: 'invalid-checkpoint',
				summary: expect.stringMatching(/^The archive's \.checkpoint\.json cannot be used/),
				remedy: expect.stringContaining('from the branch’s history'),
			}),
		);
	});

	it('is refused with odd contents', async () => {
		const state = { ...(await someState()), contents: '?' };
		expect(() => decodeContents(state)).toThrow('.checkpoint.json cannot be used');
	});

	it('of a newer release is left to that release', async () => {
		const text = encodeState(await someState()).toString();
		const newer = Buffer.from(text.replace('"version": 1', '"version": 2'));
		expect(() => decodeState(newer)).toThrow(/format version 2.* knows 1 .*newer release/);
	});
});

function edit(pattern: RegExp, replacement: string): (text: string) => string {
	return (text) => text.replace(pattern, replacement);
}
