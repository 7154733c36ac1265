import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Activity } from '../../../core/activity/activity';
import { parseActivity } from '../../../core/api/page';
import { RecordReader } from '../../../core/api/record-reader';
import { oddRecords } from '../../action/odd-records';

const TIME = '2026-03-01T12:00:00.123Z';

const ACTIVITIES = [
	`{"id":"a","created_at":"${TIME}","n":[0,-1,2.5,true,false,null,{"b":"\\u00e9\\n"},[],{}],"x":""}`,
	`{"created_at":"2026-03-01T12:00:00+01:00","type":"é","actor":{"id":"c","created_at":1},"id":"b\\"ä"}`,
	`{"id":"${'c'.repeat(30)}","id":null,"created_at":"${TIME}","created_at":"${TIME}"}`,
	`{"id":"d","created_at":"${TIME}","x":${'[{"":'.repeat(40)}1e5${'}]'.repeat(40)}}`,
	`{"id":"f","created_at":"${TIME}","k":{"id":"g","created_at":"2026-03-02T00:00:00Z"}}`,
	` {"id" : "e", "created_at":"${TIME}"} `,
].map((json) => `${json}\n`);

const OTHERS = Object.values(oddRecords(TIME)).map((json) => `${json}\n`);

/** What JSON is made of, and what breaks it. */
const piece = fc.constantFrom(
	...['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\t', '\r', '\n', '\0', '\x7f', 'é', '"":1,'],
	...[
		'0',
		'7',
		'-',
		'.',
		'e',
		'u',
		'true',
		'nul',
		'\\u0061',
		'\\u00g1',
		'\\n',
		'\\x',
		'"id":"z",',
		'"id":2,',
	],
);

interface Edit {
	readonly at: number;
	readonly cut: number;
	readonly inserted: string;
}

const edit = fc.record({
	at: fc.nat(),
	cut: fc.nat(2),
	inserted: fc.oneof(piece, fc.constant('')),
});

const line = fc.record({
	text: fc.constantFrom(...ACTIVITIES, ...OTHERS),
	edits: fc.array(edit, { maxLength: 3 }),
});

function edited(text: string, { at, cut, inserted }: Edit): string {
	const place = at % (text.length + 1);
	return text.slice(0, place) + inserted + text.slice(place + cut);
}

function parsed(text: string): Activity | undefined {
	try {
		return parseActivity(Buffer.from(text));
	} catch {
		return undefined;
	}
}

test('finds what parseActivity finds, whatever was done to a record', () => {
	const reader = new RecordReader();
	let found = 0;
	fc.assert(
		fc.property(line, ({ text, edits }) => {
			const json = edits.reduce(edited, text);
			const isActivity = reader.read(Buffer.from(json));
			const activity = parsed(json);
			expect(isActivity).toBe(activity !== undefined);
			if (!activity) return;
			found++;
			const { createdAt, idBytes, idStart, idEnd } = reader;
			expect(createdAt).toBe(activity.createdAt);
			expect(Buffer.from(idBytes).toString('utf8', idStart, idEnd)).toBe(activity.id);
		}),
		{ numRuns: 10_000 },
	);
	expect(found).toBeGreaterThan(300);
});
