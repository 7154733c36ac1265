import { parseArgs } from 'node:util';
import { compareReaders } from './comparison';

const USAGE = `npm run pages -- [options]
    Draws odd pages, whole and damaged ones, and compares what the core reads in
    them with what JSON.parse and plain rules do.

    --count N       so many pages, 100000 unless said
    --seed N        the seed of the first one, 1 unless said; each has the next
`;

const DIFFERENT = 1;
/** So many differences are shown in full. */
const MOST_SHOWN = 3;

function main(): number {
	const { values } = parseArgs({
		options: {
			count: { type: 'string', default: '100000' },
			seed: { type: 'string', default: '1' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) {
		say(USAGE);
		return 0;
	}
	const { differences, outcomes } = compareReaders(Number(values.seed), Number(values.count));
	for (const { seed, page, expected, actual } of differences.slice(0, MOST_SHOWN)) {
		say(`seed ${seed}: ${page}`);
		say(`expected: ${JSON.stringify(expected)}`);
		say(`actual:   ${JSON.stringify(actual)}`);
	}
	say(
		`${values.count} pages, ${outcomes.read} of them read, ${outcomes.refused} refused, ${outcomes.broken} broken: ${differences.length} read otherwise`,
	);
	return differences.length > 0 ? DIFFERENT : 0;
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

process.exitCode = main();
