import { FLATNESS, REQUESTS_PER_MINUTE, SLOW } from './plan';
import { ACTION, CURL, FLOOR } from './readers';
import type { Measurement, Results } from './results';

/** One aim, and how far the run has come. */
export interface Aim {
	readonly what: string;
	readonly limit: string;
	/** `undefined` when this run has not measured it. */
	readonly reached: string | undefined;
	readonly passed: boolean | undefined;
	/** By how much it is missed. */
	readonly short: string | undefined;
}

const PAGE_SIZE = 5000;
const MILLION = 1_000_000;
/** The share of the organization's budget that a backfill uses at most by default. */
const SHARE_OF_BUDGET = 0.8;
const MINUTE = 60_000;
const MB = 1e6;

/** All aims of this project for its speed, against what a run has measured. */
export function aimsOf(results: Results): Aim[] {
	const { light } = results;
	const figure = (reader: string, count: number, latency: number) =>
		find(results, reader, count, latency)?.median;
	const slow = figure(ACTION, MILLION, SLOW);
	const slowFloor = figure(FLOOR, MILLION, SLOW);
	const fast = figure(ACTION, MILLION, 0);
	const floor = figure(FLOOR, MILLION, 0);
	const curl = figure(CURL, MILLION, 0);
	const least = figure(ACTION, FLATNESS.least, 0);
	const most = figure(ACTION, FLATNESS.most, 0);

	const pages = MILLION / PAGE_SIZE;
	const imposed = (pages / (REQUESTS_PER_MINUTE * SHARE_OF_BUDGET)) * MINUTE;
	const allRequests = pages + 2 * (slow?.mostInFlight ?? 0);
	const peaks = [fast, most].map((each) => each?.peakMemory);

	return [
		atMost(
			'1 million activities at 1,000 ms: wall time',
			1.25,
			ratio(slow?.wallMs, imposed),
			(value) =>
				`${value.toFixed(2)} × ${imposed / 1000} s, as ${pages} requests take at a steady ${REQUESTS_PER_MINUTE * SHARE_OF_BUDGET} a minute`,
		),
		atLeast(
			'1 million activities at 1,000 ms: against sequential reading',
			6,
			ratio(slowFloor?.wallMs, slow?.wallMs),
			(value) => `${value.toFixed(1)} × faster than the floor`,
		),
		atMost(
			'1 million activities at 0 ms: wall time',
			1.5,
			ratio(fast?.wallMs, floor?.wallMs),
			(value) => `${value.toFixed(2)} × the floor`,
		),
		atLeast(
			'1 million activities at 0 ms: against curl and jq',
			6,
			ratio(curl?.wallMs, fast?.wallMs),
			(value) => `${value.toFixed(1)} × faster`,
		),
		atMost(
			'1 million activities at 0 ms: CPU time',
			2.5,
			ratio(fast?.cpuMs, floor?.cpuMs),
			(value) => `${value.toFixed(2)} × the floor`,
		),
		atMost(
			'Peak memory at 0 ms, 1 million and 5 million activities',
			160 * MB,
			peaks.includes(undefined) ? undefined : Math.max(...peaks.map(Number)),
			(value) => `${(value / MB).toFixed(0)} MB`,
		),
		atMost(
			'Peak memory at 0 ms, 5 million against 50 thousand activities',
			1.2,
			ratio(most?.peakMemory, least?.peakMemory),
			(value) => `${value.toFixed(2)} ×`,
		),
		atMost(
			`Requests of a backfill: ${pages} pages + 2 × concurrency`,
			allRequests,
			slow?.requests,
			(value) => `${value} requests`,
		),
		exactly('Requests of a run of the Action with nothing new', 1, light?.idleRun.requests),
		exactly(
			'Requests of a poll of the n8n trigger with nothing new',
			1,
			light && light.idlePolls.requests / light.idlePolls.polls,
		),
		atMost(
			'Action: CPU time from the start of its process to its first request',
			400,
			light?.cpuToFirstRequestMs,
			(value) => `${value.toFixed(0)} ms`,
		),
		atMost(
			'Action: bundle',
			3 * MB,
			light?.bundleBytes,
			(value) => `${(value / MB).toFixed(2)} MB`,
		),
	];
}

/** What a run has measured of a reader; undefined when it has not. */
export function find(
	{ measurements }: Results,
	reader: string,
	count: number,
	latency: number,
): Measurement | undefined {
	return measurements.find(
		(each) => each.reader === reader && each.count === count && each.latency === latency,
	);
}

type Maybe = number | null | undefined;

function atMost(what: string, limit: number, value: Maybe, show: (value: number) => string): Aim {
	const over = value === null || value === undefined ? undefined : value - limit;
	return aim(what, `at most ${show(limit)}`, value, show, over, limit);
}

function atLeast(what: string, limit: number, value: Maybe, show: (value: number) => string): Aim {
	const under = value === null || value === undefined ? undefined : limit - value;
	return aim(what, `at least ${show(limit)}`, value, show, under, limit);
}

function exactly(what: string, limit: number, value: Maybe): Aim {
	const show = (number: number) => String(number);
	const off = value === null || value === undefined ? undefined : Math.abs(value - limit);
	return aim(what, `exactly ${limit}`, value, show, off, limit);
}

function aim(
	what: string,
	limit: string,
	value: Maybe,
	show: (value: number) => string,
	missing: number | undefined,
	target: number,
): Aim {
	const measured = value !== null && value !== undefined && missing !== undefined;
	return {
		what,
		limit,
		reached: measured ? show(value) : undefined,
		passed: measured ? missing <= 0 : undefined,
		short: measured && missing > 0 ? `${((missing / target) * 100).toFixed(0)} %` : undefined,
	};
}

function ratio(value: Maybe, base: Maybe): number | undefined {
	return value && base ? value / base : undefined;
}
