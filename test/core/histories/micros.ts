import type { Precision } from './history';

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/;
const UNITS: Record<Precision, number> = { seconds: 1_000_000, millis: 1000, micros: 1 };

/** Microseconds since the epoch, cut to a precision. */
export function cut(micros: number, precision: Precision): number {
	return micros - (micros % UNITS[precision]);
}

/** Writes microseconds since the epoch like the feed, which leaves out a fraction of zero. */
export function formatMicros(micros: number, precision: Precision): string {
	const whole = new Date(Math.floor(micros / 1000)).toISOString();
	const fraction = micros % UNITS.seconds;
	if (precision === 'seconds' || fraction === 0) return `${whole.slice(0, 19)}Z`;
	if (precision === 'millis') return whole;
	return `${whole.slice(0, 20)}${String(fraction).padStart(6, '0')}Z`;
}

/** Reads a bound of the time filter; `undefined` if the text is not a time. */
export function parseMicros(text: string): number | undefined {
	const [, whole, fraction = ''] = RFC_3339.exec(text) ?? [];
	const ms = Date.parse(`${whole}Z`);
	return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
