import { Random } from '../../simulators/activity-feed/random';

const SPACES = ['', '', '', '', '', ' ', '\n', '\t\r\n', '  '];
const NAMES = ['id', 'created_at', 'type', 'actor', 'request_id'];
const OTHER_NAMES = ['data', 'has_more', 'last_id', 'ID', 'i', 'idx', 'typ', 'types', 'actor ', ''];
const TIMES = [
	'2026-01-31T00:00:00Z',
	'2026-01-31T00:00:00.123456Z',
	'2026-01-31T00:00:01.5Z',
	'2024-02-29T12:00:00Z',
	'2026-01-31t02:00:00+02:00',
	'2016-12-31T23:59:60Z',
	'1999-12-31T23:59:59Z',
	'2000-01-01T00:00:00Z',
	'9998-12-31T23:59:59.999Z',
	'9999-01-01T00:00:00Z',
	'2026-02-30T00:00:00Z',
	'2026-01-31',
	'2026-01-31T00:00:00.é23Z',
	'',
];
const TEXTS = [
	'a',
	'activity_01',
	'user_actor',
	'compliance_api_accessed',
	'',
	' ',
	'  \t',
	'\u00a0',
	' a ',
	'}],[{"\\',
	'zoë',
	'🦊',
	'\ud83d',
	'\u2028',
	'a\u0000b',
	'x'.repeat(70),
];
const NUMBERS = ['0', '-0', '7', '1.0', '1e5', '-1.5E+10', '2e-3', '12345678901234567890', '1E400'];
const WRONG_SCALARS = ['01', '-', '1.', '.5', '1e', '+1', 'nul', 'True', 'NaN', 'undefined', "'a'"];
const PIECES = [
	...'{}[],:"\\-+.eE0 tfn\u0000\n',
	'\\u',
	'\\u00e9',
	'\\x',
	'null',
	'"a"',
	'é',
	'{"',
];

/** At most so many changes are made to a page that was whole. */
const MOST_CHANGES = 3;
/** So deep values are nested, apart from a few. */
const DEPTH = 3;

/**
 * Draws a page as no API sends it: whole ones with all that JSON allows, and such as were cut, damaged or
 * mixed up on the way.
 */
export function drawOddPage(seed: number): Buffer {
	const random = new Random(seed);
	const text = new Writer(random).page();
	if (random.chance(0.4)) return Buffer.from(text);
	let bytes = Buffer.from(text);
	for (let changes = 1 + random.below(MOST_CHANGES); changes > 0; changes--) {
		bytes = changed(bytes, random);
	}
	return bytes;
}

class Writer {
	constructor(private readonly random: Random) {}

	page(): string {
		const { random } = this;
		const members: [string, string][] = [
			['data', random.chance(0.95) ? this.#array(() => this.#record(), 6) : this.#value(0)],
			['has_more', random.chance(0.9) ? random.pick(['true', 'false']) : this.#value(0)],
			['last_id', random.chance(0.7) ? this.#string(random.pick(TEXTS)) : this.#value(0)],
		];
		if (random.chance(0.3)) members.push([random.pick(OTHER_NAMES), this.#value(1)]);
		if (random.chance(0.03)) members.push([random.pick(members)[0], this.#value(1)]);
		const whole = members.filter(() => random.chance(0.99));
		if (random.chance(0.02)) return this.#value(0);
		return this.#spaced(this.#object(shuffled(whole, random)));
	}

	#record(): string {
		const { random } = this;
		if (random.chance(0.05)) return this.#value(0);
		const members = NAMES.filter(() => random.chance(0.9)).map((name): [string, string] => [
			name,
			this.#valueOf(name),
		]);
		while (random.chance(0.4)) members.push([random.pick(OTHER_NAMES), this.#value(1)]);
		while (random.chance(0.25)) {
			const name = random.pick(NAMES);
			members.push([name, random.chance(0.5) ? this.#value(0) : this.#valueOf(name)]);
		}
		return this.#object(shuffled(members, random));
	}

	#valueOf(name: string): string {
		const { random } = this;
		if (random.chance(0.08)) return this.#value(0);
		if (name === 'created_at') return this.#string(random.pick(TIMES.slice(random.below(2) * 6)));
		if (name !== 'actor') {
			return this.#string(random.chance(0.6) ? random.token() : random.pick(TEXTS));
		}
		const members: [string, string][] = [['type', this.#string(random.pick(TEXTS))]];
		while (random.chance(0.5)) {
			members.push([random.pick([...NAMES, ...OTHER_NAMES, 'user_id']), this.#value(1)]);
		}
		return this.#object(shuffled(members, random));
	}

	#value(depth: number): string {
		const { random } = this;
		const kind = random.below(depth > DEPTH ? 5 : 8);
		if (kind < 2) return this.#string(random.pick([...TEXTS, ...TIMES]));
		if (kind === 2) return random.pick(NUMBERS);
		if (kind === 3) return random.pick(['true', 'false', 'null']);
		if (kind === 4) {
			if (random.chance(0.03)) return random.pick(WRONG_SCALARS);
			const deep = random.below(40);
			return random.chance(0.1) ? '[{"a":'.repeat(deep) + '1' + '}]'.repeat(deep) : '0';
		}
		if (kind === 5) return this.#array(() => this.#value(depth + 1), 3);
		const names = [...NAMES, ...OTHER_NAMES];
		const members = Array.from({ length: random.below(4) }, (): [string, string] => [
			random.pick(names),
			this.#value(depth + 1),
		]);
		return this.#object(members);
	}

	#object(members: readonly (readonly [string, string])[]): string {
		const texts = members.map(([name, value]) => {
			return `${this.#spaced(this.#string(name))}:${this.#spaced(value)}`;
		});
		return `{${texts.join(',') || this.#space()}}`;
	}

	#array(element: () => string, most: number): string {
		const elements = Array.from({ length: this.random.below(most + 1) }, () => {
			return this.#spaced(element());
		});
		return `[${elements.join(',') || this.#space()}]`;
	}

	/** A string, of which any character may be escaped. */
	#string(text: string): string {
		const { random } = this;
		const written = JSON.stringify(text);
		if (random.chance(0.85)) return written;
		const escaped = Array.from({ length: text.length }, (_, at) => {
			const unit = text.charCodeAt(at);
			const plain = random.chance(0.5) && unit >= 0x20 && unit < 0x7f && !'"\\'.includes(text[at]!);
			const hex = unit.toString(16).padStart(4, '0');
			return plain ? text[at]! : `\\u${random.chance(0.5) ? hex : hex.toUpperCase()}`;
		});
		return `"${escaped.join('')}"`;
	}

	#spaced(text: string): string {
		return this.#space() + text + this.#space();
	}

	#space(): string {
		return this.random.pick(SPACES);
	}
}

function changed(bytes: Buffer, random: Random): Buffer<ArrayBuffer> {
	const at = random.below(bytes.length + 1);
	const before = bytes.subarray(0, at);
	const behind = bytes.subarray(at);
	switch (random.below(6)) {
		case 0:
			return Buffer.from(before);
		case 1: {
			const flipped = Buffer.from(bytes);
			if (at < bytes.length) flipped[at]! ^= 1 << random.below(8);
			return flipped;
		}
		case 2:
			return Buffer.concat([before, behind.subarray(1 + random.below(3))]);
		case 3:
			return Buffer.concat([before, Buffer.from(random.pick(PIECES)), behind]);
		case 4:
			return Buffer.concat([before, Buffer.of(random.below(256)), behind]);
		default:
			return swapped(bytes, random);
	}
}

/** Of the signs and strings in a text, two have changed places. */
function swapped(bytes: Buffer, random: Random): Buffer<ArrayBuffer> {
	const tokens = bytes.toString('latin1').match(/"[^"]*"|[^"]/gs) ?? [];
	if (tokens.length === 0) return Buffer.from(bytes);
	const [one, other] = [random.below(tokens.length), random.below(tokens.length)];
	[tokens[one], tokens[other]] = [tokens[other]!, tokens[one]!];
	return Buffer.from(tokens.join(''), 'latin1');
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
	const left = [...items];
	return Array.from(items, () => left.splice(random.below(left.length), 1)[0]!);
}
