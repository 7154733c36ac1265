import { OutOfTime } from '../errors';
import { type Batch, Intake, type SyncOptions } from './intake';

/**
 * Reads the feed from the checkpoint to its present end, oldest first, one batch a page.
 *
 * Asking for the next batch says that the last one is stored. Whoever stops in between loses nothing:
 * the checkpoint of the last stored batch leads on from there. A failure comes after the batches that
 * were read before it, which stand.
 *
 * @throws ComplianceError at the first request that fails for good, and for a checkpoint that is
 *   damaged, newer than this code, or of another host
 */
export async function* sync(options: SyncOptions): AsyncGenerator<Batch, void, undefined> {
	const { feed, log, until = Infinity } = options;
	const intake = new Intake(options);
	try {
		for (;;) {
			const page = await intake.read().then((answer) => intake.take(answer), asError);
			if (page instanceof Error) {
				await intake.finish();
				const rest = intake.rest();
				if (rest) yield rest;
				if (!intake.begun || !(page instanceof OutOfTime)) throw page;
				log.warning(`Out of time: ${page.summary}`);
				options.outOfTime?.(page);
				return;
			}
			const stops = page.caughtUp || intake.full || feed.now >= until;
			if (stops) await intake.finish();
			yield intake.seal(page);
			if (stops) return;
		}
	} finally {
		await intake.close();
	}
}

function asError(error: unknown): Error {
	return error as Error;
}
