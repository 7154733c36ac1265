import { expect, test } from '@jest/globals';
import { filesIn, linesOf, MINUTE, Theatre } from '../harness';

const theatre = Theatre.open();

/** At this pace of the API, concurrent requests pay. */
const LATENCY_MS = 300;
const PAGE_SIZE = '50';
const COUNT = 2000;

/** How many requests of a first run started to read elsewhere than at the backfill start. */
const slices = (asked: URLSearchParams[]) =>
	asked.filter((each) => each.has('created_at.gt') && !each.has('after_id')).length;

test('a long backfill is read in slices, and delivered in feed order', async () => {
	const scene = await theatre.scene({ latency: LATENCY_MS });
	scene.populate(COUNT);
	const shown = scene.shown;
	const { delivered, outputs, workspace } = await scene.succeed({ 'page-size': PAGE_SIZE });
	expect(slices(scene.asked)).toBeGreaterThan(3);
	expect(delivered.slice(0, COUNT)).toEqual(shown);
	expect(outputs['caught-up']).toBe('true');
	expect(linesOf(filesIn(`${workspace}/compliance-activities`))).toEqual(delivered);
	// The number of walks depends on the speed of the machine; each costs at most one request.
	const walks = scene.asked.filter((each) => !each.has('after_id')).length;
	expect(scene.asked.length).toBeLessThanOrEqual(COUNT / Number(PAGE_SIZE) + walks);
});

test('a slice that fails ends the run behind what comes before it, and the next one goes on', async () => {
	const scene = await theatre.scene({ latency: LATENCY_MS });
	scene.populate(COUNT);
	scene.feed.fail({ status: 401 }, { after: 9 });
	const inputs = { 'page-size': PAGE_SIZE, 'include-own-requests': 'false' };
	const first = await scene.break(inputs);
	expect(first.error).toContain('key');
	expect(first.delivered.length).toBeGreaterThan(0);
	expect(slices(scene.asked)).toBeGreaterThan(1);
	scene.clock.advance(MINUTE);
	const second = await scene.succeed(inputs);
	expect([...first.delivered, ...second.delivered]).toEqual(scene.shown.slice(0, COUNT));
});

test('a run that its time limit stops in the midst of that leaves no own request to the next one', async () => {
	const scene = await theatre.scene({ latency: LATENCY_MS });
	scene.populate(COUNT);
	const inputs = { 'page-size': PAGE_SIZE, 'include-own-requests': 'false' };
	const first = await scene.succeed({ ...inputs, 'time-limit': '2s' });
	expect(first.outputs['caught-up']).toBe('false');
	expect(slices(scene.asked)).toBeGreaterThan(1);
	scene.clock.advance(MINUTE);
	const reads = scene.asked.length;
	const second = await scene.succeed(inputs);
	expect([...first.delivered, ...second.delivered]).toEqual(scene.shown.slice(0, COUNT));
	expect(second.summary).toContain(`| Own requests | ${reads} left out |`);
});
