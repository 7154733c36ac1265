import type { Clock } from './clock';
import {
	API_ACCESSED,
	CHAT_CREATED,
	DAY,
	type History,
	HOUR,
	MINUTE,
	SECOND,
	SIGNED_IN,
} from './history';
import type { Kind } from './kinds';
import { cut, formatMicros } from './micros';
import type { Random } from './random';
import type { Row } from './row';
import type { World } from './world';

const ODD = 0.1;
const SECOND_MICROS = 1_000_000;
/** Activities that happen almost together are at most this far apart, in milliseconds. */
const SOME_SECONDS = 6 * SECOND;

/** An activity before it is a row of the feed. */
interface Happening {
	/** Microseconds since the epoch. */
	readonly at: number;
	/** Milliseconds since the epoch. */
	readonly visibleAt: number;
	readonly type: string;
	readonly requestId?: string | undefined;
	/** Whether nothing is odd about it. */
	readonly plain?: boolean;
}

/** How often at most something happens while a run reads. Otherwise, a run with small pages would never end. */
const MOST_MEANWHILE = 6;

/** The activities of the organization, and how they get into the feed. */
export class Arrivals {
	#meanwhile = 0;

	constructor(
		private readonly history: History,
		private readonly world: World,
		private readonly clock: Clock,
		private readonly random: Random,
	) {}

	/** The activities before the first run. */
	backlog(): void {
		const { present, backlog, start } = this.history;
		// Some of them happen when the first run must start.
		const at = start + this.random.between(-2, 2);
		if (this.random.chance(0.5)) this.#burst(at, at + this.#lag());
		for (let left = backlog.count; left > 0;) {
			const at = present - backlog.age - this.random.between(0, backlog.interval);
			left -= this.#burst(at, present - backlog.age);
		}
	}

	/** The activities between two runs; times in milliseconds since the epoch. */
	between(from: number, to: number): void {
		this.#meanwhile = this.random.whole(0, MOST_MEANWHILE);
		for (let left = this.random.pick([0, 1, 3, this.random.whole(0, 12)]); left > 0; left--) {
			const at = this.random.between(from, to);
			this.#burst(at, at + this.#lag());
		}
	}

	/** While a run reads, rows may appear right now. */
	now(): void {
		if (this.#meanwhile === 0 || !this.random.chance(0.25)) return;
		this.#meanwhile--;
		const { now } = this.clock;
		this.#burst(now - this.#lag(), now);
	}

	/** The activity that a request leaves, about a second later. */
	ownRequest(requestId: string | undefined): void {
		const { random, clock } = this;
		const at = clock.now + random.between(...this.history.nodes);
		const lag = random.chance(0.1) ? random.between(0, MINUTE) : random.between(300, 2 * SECOND);
		this.#add({
			at: Math.floor(at * 1000),
			visibleAt: Math.max(clock.now, at + Math.min(lag, this.history.maxLag)),
			type: API_ACCESSED,
			requestId,
			plain: true,
		});
	}

	/** How long after its activity a row appears, in milliseconds. */
	#lag(): number {
		const { random } = this;
		const { kinds, maxLag, nodes } = this.history;
		if (kinds.has('late-rows') && random.chance(0.5)) {
			return random.between(random.chance(0.5) ? maxLag - 20 * SECOND : 0, maxLag);
		}
		if (kinds.has('node-clocks') && random.chance(0.1)) return -random.between(0, nodes[1]);
		return Math.min(random.between(0, random.chance(0.5) ? 5 * SECOND : MINUTE), maxLag);
	}

	/** One activity or several that happen together. */
	#burst(at: number, visibleAt: number): number {
		const { random } = this;
		const size = random.chance(0.6)
			? 1
			: random.chance(0.7)
				? random.whole(2, 4)
				: random.whole(5, 12);
		const together = random.pick([
			'microsecond',
			'microsecond',
			'millisecond',
			'second',
			'seconds',
		]);
		const mayBeOlder = visibleAt - at + SOME_SECONDS <= this.history.maxLag;
		const first = this.#moment(at);
		for (let place = 0; place < size; place++) {
			let micros = first;
			if (together === 'millisecond') micros = first - (first % 1000) + random.whole(0, 999);
			if (together === 'second')
				micros = cut(first, 'seconds') + random.whole(0, SECOND_MICROS - 1);
			if (together === 'seconds' && mayBeOlder)
				micros = first - random.whole(0, SOME_SECONDS * 1000);
			this.#add({
				at: Math.min(micros, first),
				visibleAt,
				type: random.pick([CHAT_CREATED, CHAT_CREATED, SIGNED_IN, API_ACCESSED]),
			});
		}
		return size;
	}

	/** Microseconds since the epoch. Some are whole seconds or milliseconds. */
	#moment(at: number): number {
		const micros = Math.floor(at * 1000) - this.random.whole(0, 999);
		if (this.random.chance(0.15)) return cut(micros, 'seconds');
		return this.random.chance(0.1) ? cut(micros, 'millis') : micros;
	}

	#add({ visibleAt, type, requestId, plain = false, ...happening }: Happening): void {
		const { random } = this;
		const odd = (kind: Kind) => !plain && this.history.kinds.has(kind) && random.chance(ODD);
		let { at } = happening;
		if (odd('future-rows')) {
			const ahead = random.pick([SECOND, MINUTE, HOUR, 365 * DAY]);
			at = Math.floor(visibleAt + random.between(0, ahead)) * 1000 + random.whole(0, 999);
			plain = true;
		}
		const key = `activity_${random.token()}`;
		const times = this.#timesOf(at);
		if (odd('empty-pages')) {
			const hidden = { ...times, key: `activity_${random.token()}`, hidden: true };
			this.world.add({
				...hidden,
				type,
				visibleAt,
				readable: true,
				requestId: undefined,
				text: '',
				grown: undefined,
			});
		}
		const fields = {
			id: key,
			created_at: formatMicros(times.shown, this.history.shown),
			actor: { type: requestId === undefined ? 'user_actor' : 'api_actor' },
			request_id: requestId,
			type,
		};
		const oddity = odd('odd-times')
			? this.#oddTime(fields)
			: odd('odd-ids')
				? this.#oddId(fields)
				: undefined;
		const row: Row = {
			key,
			type,
			sorted: times.sorted,
			compared: times.compared,
			visibleAt,
			readable: !oddity,
			hidden: false,
			requestId,
			text: JSON.stringify(oddity ? { ...oddity, key } : fields),
			grown:
				!oddity && odd('grown-rows')
					? {
							at: visibleAt + random.between(0, HOUR),
							text: JSON.stringify({ ...fields, transparency_log_leaf_index: 7 }),
						}
					: undefined,
		};
		this.world.add(row);
	}

	/** The times of a row, in microseconds since the epoch. */
	#timesOf(at: number): { shown: number; sorted: number; compared: number } {
		const { random } = this;
		const { kinds, maxDisorder, maxOlder, shown } = this.history;
		const some = random.chance(0.4);
		const older = some ? Math.floor(random.between(0, maxOlder) * 1000) : 0;
		const behind = some ? Math.floor(random.between(0, maxDisorder) * 1000) : 0;
		return {
			shown: cut(at - older, shown),
			sorted: at + behind,
			compared: kinds.has('rows-cut') ? cut(at, 'seconds') : at,
		};
	}

	#oddTime(fields: Record<string, unknown> & { created_at: string }): Record<string, unknown> {
		const { created_at, ...others } = fields;
		const time = created_at.replace('Z', '');
		return this.random.pick<Record<string, unknown>>([
			others,
			{ ...others, created_at: null },
			{ ...others, created_at: time },
			{ ...others, created_at: `${time}+0000` },
		]);
	}

	#oddId(fields: Record<string, unknown> & { id: string }): Record<string, unknown> {
		const { id, ...others } = fields;
		return this.random.pick<Record<string, unknown>>([
			others,
			{ ...others, id: null },
			{ ...others, id: '' },
			{ ...others, id: ' ' },
			{ ...others, id: id.length },
		]);
	}
}
