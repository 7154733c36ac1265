import { expect, test } from '@jest/globals';
import { filesIn, linesOf, Theatre } from './harness';

const theatre = Theatre.open();

/** At this pace of the API, a few requests at a time pay. */
const LATENCY_MS = 300;
const PAGE_SIZE = '50';
const COUNT = 2000;

/** How many requests asked for a slice of the range. */
const slices = (asked: URLSearchParams[]) =>
	asked.filter((each) => each.has('created_at.lte')).length;

test('a long backfill is read in slices, and delivered in feed order', async () => {
	const scene = await theatre.scene({ latency: LATENCY_MS });
	scene.populate(COUNT);
	const shown = scene.shown;
	const { delivered, outputs, workspace } = await scene.succeed({ 'page-size': PAGE_SIZE });
	expect(slices(scene.asked)).toBeGreaterThan(3);
	expect(delivered.slice(0, COUNT)).toEqual(shown);
	expect(outputs['caught-up']).toBe('true');
	expect(linesOf(filesIn(`${workspace}/compliance-activities`))).toEqual(delivered);
	// How many walks it takes, the speed of the machine decides; each costs one request at most.
	const walks = scene.asked.filter((each) => !each.has('after_id')).length;
	expect(scene.asked.length).toBeLessThanOrEqual(COUNT / Number(PAGE_SIZE) + walks);
});

test('a slice that fails ends the run, and the next one delivers what is missing, once', async () => {
	const scene = await theatre.scene({ latency: LATENCY_MS });
	scene.populate(COUNT);
	scene.feed.fail({ status: 401 }, { after: 9 });
	const inputs = { 'page-size': PAGE_SIZE, 'include-own-requests': 'false' };
	expect(await scene.fail(inputs)).toContain('key');
	expect(slices(scene.asked)).toBeGreaterThan(0);
	const { delivered } = await scene.succeed(inputs);
	expect(new Set(delivered).size).toBe(delivered.length);
	expect(delivered.slice(0, COUNT)).toEqual(scene.shown.slice(0, COUNT));
});
