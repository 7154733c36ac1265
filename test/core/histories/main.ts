import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Crew } from './crew';
import { drawHistory, type History, type KindChoice } from './history';
import { judge } from './judge';
import { isKind, type Kind, KINDS, meaningOf } from './kinds';
import { FAULTS, Tally } from './tally';

const USAGE = `npm run histories -- [options]
    Plays random histories of a feed against the core, and counts those in which
    an activity is lost, is repeated, or in which the reader gets stuck.

    --count N       the number of histories, 10000 by default; a single one is printed in full
    --seed N        the seed of the first one, 1 unless said; each has the next
    --only KINDS    histories with exactly these kinds of oddity, or none
    --without KINDS histories with any kinds but these
    --each          so many for each kind alone
    --jobs N        so many processes, one for each core unless said

    Several kinds are separated by commas:
${KINDS.map((kind) => `    ${kind.padEnd(19)} ${meaningOf(kind)}`).join('\n')}
`;

const FAULTY = 1;
const UNUSABLE = 2;
const PROGRESS_MS = 5000;

async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			count: { type: 'string', default: '10000' },
			seed: { type: 'string', default: '1' },
			only: { type: 'string' },
			without: { type: 'string' },
			each: { type: 'boolean', default: false },
			jobs: { type: 'string', default: String(availableParallelism()) },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) {
		say(USAGE);
		return 0;
	}
	const [count, seed, jobs] = [values.count, values.seed, values.jobs].map(numberOf) as [
		number,
		number,
		number,
	];
	const choice: KindChoice = {
		...(values.only === undefined ? {} : { only: kindsOf(values.only) }),
		...(values.without === undefined ? {} : { without: kindsOf(values.without) }),
	};
	if (count === 1 && !values.each) return await print(drawHistory(seed, choice));

	const crew = new Crew(jobs);
	try {
		if (values.each) return await playEach(crew, seed, count);
		return await playAll(crew, seed, count, choice);
	} finally {
		crew.dismiss();
	}
}

async function playAll(
	crew: Crew,
	seed: number,
	count: number,
	choice: KindChoice,
): Promise<number> {
	const tally = new Tally();
	const startedAt = performance.now();
	let saidAt = startedAt;
	await crew.play(seed, count, choice, (verdict) => {
		tally.add(verdict);
		if (performance.now() - saidAt < PROGRESS_MS) return;
		saidAt = performance.now();
		say(`${tally.histories} of ${count} played, ${tally.bad} with faults`);
	});
	const took = (performance.now() - startedAt) / 1000;
	say(
		`${tally.histories} histories with ${tally.requests} requests in ${took.toFixed(1)} s: ${tally.bad} with faults`,
	);
	for (const fault of FAULTS) {
		say(`${fault.padEnd(9)}${tally.count(fault)}   ${tally.seeds(fault)}`);
	}
	return tally.bad > 0 ? FAULTY : 0;
}

async function playEach(crew: Crew, seed: number, count: number): Promise<number> {
	let bad = 0;
	say(`| kind | histories | ${FAULTS.join(' | ')} | seeds |`);
	say(`| --- | --- | ${FAULTS.map(() => '---').join(' | ')} | --- |`);
	for (const only of [[], ...KINDS.map((kind): Kind[] => [kind])]) {
		const tally = new Tally();
		await crew.play(seed, count, { only }, (verdict) => tally.add(verdict));
		bad += tally.bad;
		const counts = FAULTS.map((fault) => tally.count(fault)).join(' | ');
		const worst = FAULTS.find((fault) => tally.count(fault) > 0);
		const seeds = worst ? tally.seeds(worst).split(' ').slice(0, 3).join(' ') : '';
		say(`| ${only[0] ?? 'none'} | ${tally.histories} | ${counts} | ${seeds} |`);
	}
	return bad > 0 ? FAULTY : 0;
}

/** Plays one history, and prints all of it. */
async function print(history: History): Promise<number> {
	const { kinds, runs, ...rest } = history;
	say(`kinds: ${[...kinds].join(', ') || 'none'}`);
	say(`${JSON.stringify(rest)}, ${runs.length} runs`);
	const verdict = await judge(history, say);
	let bad = false;
	for (const fault of FAULTS) {
		for (const detail of verdict[fault]) {
			bad = true;
			say(`${fault}: ${detail}`);
		}
	}
	if (!bad) say('All is well.');
	return bad ? FAULTY : 0;
}

function kindsOf(text: string): Kind[] {
	return text.split(',').flatMap((name) => {
		if (name === 'none' || name === '') return [];
		if (!isKind(name)) throw new TypeError(`There is no kind ${name}; --help names them.`);
		return [name];
	});
}

function numberOf(text: string): number {
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1) throw new TypeError(`Not a number: ${text}`);
	return number;
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

main().then(
	(code) => (process.exitCode = code),
	(error: unknown) => {
		process.stderr.write(
			`${error instanceof TypeError ? error.message : (error as Error).stack}\n`,
		);
		process.exitCode = UNUSABLE;
	},
);
