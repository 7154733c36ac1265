import type { Format } from './format';
import { idInJson, isBegunObject } from './json-line';

const NEWLINE = 0x0a;

/** Each line is the record exactly as the API sent it. */
export const raw: Format = {
	encode: (activities) => {
		const lines = Buffer.allocUnsafe(activities.reduce((sum, { length }) => sum + length + 1, 0));
		let at = 0;
		for (const activity of activities) {
			activity.copy(lines, at);
			at += activity.length;
			lines[at++] = NEWLINE;
		}
		return lines;
	},
	idOf: idInJson,
	isBegun: isBegunObject,
};
