import { Archivist, type Files } from './archivist';
import { DAY, MINUTE, PRESENT, SECOND } from '../../core/harness';

/** An archive with several days, late activities, ties, and a run without new activities. */
export async function sample(): Promise<Files> {
	const archivist = new Archivist();
	const { bench } = archivist;
	bench.simulated.generate({ count: 24, from: PRESENT - 2.4 * DAY, to: PRESENT - MINUTE });
	await archivist.run({ pageSize: 6, backfillStart: PRESENT - 3 * DAY }, { pagesACommit: 2 });
	for (let hour = 1; hour <= 3; hour++) {
		bench.clock.advance(60 * MINUTE);
		for (const ago of [50 * MINUTE, 20 * SECOND, 10 * SECOND, 10 * SECOND]) bench.happened(ago);
		await archivist.run({ pageSize: 3 });
		bench.clock.advance(MINUTE);
		// Older than activities that are already archived.
		bench.happened(MINUTE + 30 * SECOND);
		await archivist.run();
	}
	bench.clock.advance(DAY);
	await archivist.run();
	bench.clock.advance(60 * MINUTE);
	bench.happened(30 * MINUTE);
	await archivist.run();
	return archivist.files;
}

/** An archive with a day of two parts, filled by one run. */
export async function sampleOfParts(): Promise<Files> {
	const archivist = new Archivist();
	const title = 'x'.repeat(3 * 1024 * 1024);
	for (let ago = 5; ago > 0; ago--) archivist.bench.happened(ago * MINUTE, { title });
	await archivist.run();
	return archivist.files;
}
