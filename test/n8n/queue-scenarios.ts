import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	describe,
	expect,
	jest,
	test,
} from '@jest/globals';
import type { MainProcess } from './main-process';
import type { Engine } from './n8n-process';
import { PostgresExample } from './postgres-example';
import { Queue } from './queue';
import { Scene } from './scene';
import { until } from './until';

const BATCH = 300;
/** Instead of what the example has: until the workflow succeeds. */
const ONCE = { options: { deliver: 'once' } };

const MINUTE = 60_000;
/** How long the table is missing. Three tries fail in that time. */
const OUTAGE_MS = 3 * MINUTE;
/** After three tries, a batch comes again after 4 minutes. */
const TIMEOUT_MS = 5 * MINUTE;

jest.setTimeout(2 * TIMEOUT_MS);

/** An execution of this batch is under way and cannot end. */
interface Standstill {
	/** Ends it: the execution can store its batch, if it still runs. */
	readonly release: () => Promise<void>;
	/** Ends it: the execution fails, if it still runs, and has stored nothing. */
	readonly breakOff: () => Promise<void>;
}

/** Tests what the trigger guarantees in n8n's queue mode, with one of the engines of the main. */
export function describeQueueMode(engine: Engine): void {
	let queue: Queue;
	let scene: Scene;
	let table: PostgresExample;
	let databases = 0;

	beforeAll(async () => {
		queue = await Queue.start({ engine });
	});
	afterAll(() => queue?.close());
	beforeEach(async () => {
		// A failed test may have left processes stopped.
		await queue.launch();
		({ scene, table } = await open());
	});
	afterEach(() => scene?.close());

	/** The example that fills a table, with a feed and a database of its own. */
	async function open() {
		const table = new PostgresExample(queue.postgresql, `audit_${++databases}`);
		const postgres = await queue.editor.createCredential('postgres', table.credential);
		const scene = await Scene.open(queue, (anthropicComplianceApi, parameters) =>
			table.workflow({ anthropicComplianceApi, postgres }, parameters),
		);
		return { scene, table };
	}

	function publish(delivery = {}): Promise<void> {
		return scene.publish({ maxActivities: BATCH, ...delivery });
	}

	function burst(count: number): void {
		for (let index = 0; index < count; index++) scene.happen();
	}

	/** Waits until an execution is under way whose batch is not stored. */
	async function standstill(): Promise<Standstill> {
		const release = await table.lockTable();
		burst(BATCH);
		await until('an execution waits for the table', () => table.isAwaited);
		return {
			release,
			breakOff: async () => {
				table.breakWaiting();
				await release();
			},
		};
	}

	/** The ids of the activities that are not in the table. */
	function missing(): string[] {
		const stored = table.ids();
		return scene.shown.filter((id) => !stored.has(id));
	}

	/** How many activities an execution had again. */
	function repeats(): number {
		const { emittedOfOthers } = scene;
		return emittedOfOthers.length - new Set(emittedOfOthers).size;
	}

	/** Makes a main step down, and waits until it runs the trigger no more. */
	async function stepDown(main: MainProcess): Promise<void> {
		await main.stepDown();
		await until('the trigger is off', async () => !(await main.triggers(scene.workflowId)));
	}

	/** Makes a main take over, and waits until it runs the trigger. */
	async function takeOver(main: MainProcess): Promise<void> {
		await main.takeOver();
		await until('the trigger is on', () => main.triggers(scene.workflowId));
	}

	/** Waits until nothing is missing. */
	async function allArrived(): Promise<void> {
		await until('every activity is in the table', () => missing().length === 0, TIMEOUT_MS).catch(
			(error: unknown) =>
				expect({ error, missing: missing().length }).toEqual({ error, missing: 0 }),
		);
	}

	describe(`the trigger in n8n's queue mode, on the ${engine} engine`, () => {
		test('brings the whole past at activation', async () => {
			scene.populate(4 * BATCH);
			await publish();
			await allArrived();
		});

		test('polls to the end while n8n starts and skips other polls', async () => {
			await publish();
			const { release } = await standstill();
			await until('a poll was skipped', () => queue.main.log().includes('so this one is skipped'));
			await release();
			await allArrived();
			burst(1);
			await allArrived();
			expect(queue.main.log()).not.toContain('No bridge acquired');
		});

		test('brings bursts that exceed Max Activities per Poll', async () => {
			await publish();
			for (let count = 0; count < 3; count++) {
				burst(2 * BATCH + 1);
				await scene.polled(1);
			}
			await allArrived();
		});

		test('loses nothing when the main is killed, and the execution under way fails', async () => {
			scene.populate(BATCH);
			await publish();
			await allArrived();
			const { breakOff } = await standstill();
			await queue.main.kill();
			await breakOff();
			await queue.launch();
			await allArrived();
		});

		test('loses nothing when all processes are stopped in the middle', async () => {
			scene.populate(BATCH);
			await publish();
			await allArrived();
			const { breakOff } = await standstill();
			await queue.stop();
			await breakOff();
			burst(1);
			await queue.launch();
			await allArrived();
		});

		test('leaves a failed batch to whoever retries the execution, without the option', async () => {
			await publish(ONCE);
			table.removeTable();
			burst(BATCH);
			await until('an execution has failed', () =>
				scene.executions.some(({ status }) => status === 'error'),
			);
			table.restoreTable();
			const next = scene.happen().id;
			await until('the next activity is in the table', () => table.ids().has(next));
			const failed = scene.executions.filter(({ status }) => status === 'error');
			expect(missing()).toEqual(failed.flatMap(({ items }) => items.map(({ id }) => id)));
			expect(missing()).toHaveLength(BATCH);
		});

		test('loses nothing when a worker is killed at work, and a table is missing for three minutes', async () => {
			const other = { scene, table };
			scene.populate(BATCH);
			await publish();
			await allArrived();
			table.removeTable();
			const removedAt = Date.now();
			burst(2 * BATCH);

			({ scene, table } = await open());
			try {
				await publish();
				const { breakOff } = await standstill();
				await queue.busyWorker!.kill();
				await breakOff();
				await queue.launch();
				await allArrived();
			} finally {
				await scene.close();
				({ scene, table } = other);
			}
			burst(BATCH - 6);
			await until(
				'the table was missing for three minutes',
				() => Date.now() - removedAt >= OUTAGE_MS,
				OUTAGE_MS,
			);
			expect(scene.shown).toHaveLength(1194);
			table.restoreTable();
			await allArrived();
		});

		test('loses nothing when the main steps down in a burst, and takes over again', async () => {
			scene.populate(BATCH);
			await publish();
			await allArrived();
			// The batch in flight fails while nobody leads.
			const { breakOff } = await standstill();
			burst(BATCH + 1);
			await stepDown(queue.main);
			burst(BATCH + 1);
			await breakOff();
			await takeOver(queue.main);
			await allArrived();

			// The batch in flight arrives when the main leads again.
			const { release } = await standstill();
			burst(BATCH + 1);
			await stepDown(queue.main);
			await takeOver(queue.main);
			await release();
			await allArrived();
			await scene.idle();
			expect(repeats()).toBeLessThanOrEqual(BATCH);
		});

		test('loses nothing when another main takes over in a burst, and the first one again', async () => {
			const { main, secondMain } = queue;
			await secondMain.launch();
			try {
				await secondMain.stepDown();
				scene.populate(BATCH);
				await publish();
				await allArrived();
				let changes = 0;
				for (const [before, next] of [[main, secondMain] as const, [secondMain, main] as const]) {
					const { breakOff } = await standstill();
					burst(BATCH + 1);
					await stepDown(before);
					burst(BATCH + 1);
					await breakOff();
					await takeOver(next);
					await allArrived();
					await scene.idle();
					// The batch in flight, and what a poll hands over that n8n lets go on after the change.
					expect(repeats()).toBeLessThanOrEqual(++changes * 2 * BATCH);
				}
			} finally {
				await secondMain.kill();
				await main.takeOver();
			}
		});
	});
}
