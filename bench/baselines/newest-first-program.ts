import { readNewestFirst } from './newest-first';
import { runProgram } from './program';

await runProgram((surroundings, { since }) =>
	readNewestFirst({ ...surroundings, checkpoint: since }),
);
