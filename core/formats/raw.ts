import type { Format } from './format';
import { idInJson, isBegunObject } from './json-line';
import { Lines } from './lines';

const NEWLINE = 0x0a;

const lines = new Lines();

/** Each line is the record exactly as the API sent it. */
export const raw: Format = {
	encode: (activities) => {
		lines.begin(activities.reduce((sum, { length }) => sum + length + 1, 0));
		const { bytes } = lines;
		let at = 0;
		for (const activity of activities) {
			activity.copy(bytes, at);
			at += activity.length;
			bytes[at++] = NEWLINE;
		}
		return bytes.subarray(0, at);
	},
	idOf: idInJson,
	isBegun: isBegunObject,
};
