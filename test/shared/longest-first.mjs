import Sequencer from '@jest/test-sequencer';

/**
 * Files that take long, although they are small. Jest begins with the largest files, and these would be
 * left when most workers have nothing more to do. The first one only waits, so others run beside it.
 */
const LONG = [
	'end-to-end/environment',
	'end-to-end/commit-killed',
	'end-to-end/read-ahead',
	'in-process/large-checkpoint',
];

/** The order in which Jest starts the test files. */
export default class LongestFirst extends Sequencer {
	sort(tests) {
		const isLong = ({ path }) => LONG.some((name) => path.includes(name));
		const sorted = super.sort(tests);
		return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
	}
}
