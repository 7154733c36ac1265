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
import { PostgresExample } from './postgres-example';
import { Queue } from './queue';
import { Scene } from './scene';
import { until } from './until';

const BATCH = 300;
/** Instead of what the example has: until the workflow succeeds. */
const ONCE = { options: { deliver: 'once' } };

/** A batch that failed comes again after 1 and 2 minutes. */
const TIMEOUT_MS = 240_000;

jest.setTimeout(1.5 * TIMEOUT_MS);

/** An execution of this batch is under way and cannot end. */
interface Standstill {
	/** Ends it: the execution can store its batch, if it still runs. */
	readonly release: () => Promise<void>;
	/** Ends it: the execution fails, if it still runs, and has stored nothing. */
	readonly breakOff: () => Promise<void>;
}

describe("the trigger in n8n's queue mode", () => {
	let queue: Queue;
	let scene: Scene;
	let table: PostgresExample;
	let databases = 0;

	beforeAll(async () => {
		queue = await Queue.start();
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

	/** Waits until nothing is missing. */
	async function allArrived(): Promise<void> {
		await until('every activity is in the table', () => missing().length === 0, TIMEOUT_MS).catch(
			(error: unknown) =>
				expect({ error, missing: missing().length }).toEqual({ error, missing: 0 }),
		);
	}

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

	test('loses nothing when a worker is killed at work, and while a table is missing', async () => {
		const other = { scene, table };
		scene.populate(BATCH);
		await publish();
		await allArrived();
		table.removeTable();
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
			table.restoreTable();
		}
		await allArrived();
	});
});
