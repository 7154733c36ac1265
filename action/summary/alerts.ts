import { type Alert, isAtLeast, quote, type Severity, severities, type Watch } from '../../core';
import { counted, escapeText, number } from '../markdown';

/** GitHub shows ten annotations of a step at most, and other messages need some. */
const MAX_ANNOTATIONS = 5;
/** Of a title and a reason, in UTF-16 units: own watches bring theirs. */
const MAX_LENGTH = 300;

/** The alerts of a run, counted by watch. It keeps nothing of an activity. */
export class AlertTally {
	readonly #byWatch = new Map<string, { readonly watch: Watch; count: number }>();

	add(alerts: readonly Pick<Alert, 'watch'>[]): void {
		for (const { watch } of alerts) {
			const known = this.#byWatch.get(watch.id);
			if (known) known.count++;
			else this.#byWatch.set(watch.id, { watch, count: 1 });
		}
	}

	/** The number of all alerts, or of those that are at least so severe. */
	count(least: Severity = 'info'): number {
		return this.#ranked
			.filter(({ watch }) => isAtLeast(watch.severity, least))
			.reduce((sum, { count }) => sum + count, 0);
	}

	/** The severity of the most severe alert; `undefined` when there is none. */
	get highest(): Severity | undefined {
		return this.#ranked[0]?.watch.severity;
	}

	/** What deserves an annotation: counts and titles, the most severe first. */
	get annotations(): string[] {
		const shown = this.#ranked.slice(0, MAX_ANNOTATIONS);
		const hidden = this.#ranked.length - shown.length;
		return shown.map(({ watch: { severity, title }, count }, index) => {
			const rest =
				hidden > 0 && index === shown.length - 1
					? ` The job summary has ${counted(hidden, 'more watch', 'more watches')} with alerts.`
					: '';
			return `Worth a look (${severity}): ${quote(title)} (${counted(count, 'alert', 'alerts')}).${rest}`;
		});
	}

	/** A section of the job summary; `undefined` when there is no alert. */
	get section(): string | undefined {
		const rows = this.#ranked.map(
			({ watch: { id, severity, title, why }, count }) =>
				`| ${severity} | ${escapeText(title, MAX_LENGTH)}<br>\`${id}\` | ${number(count)} | ${escapeText(why, MAX_LENGTH)} |`,
		);
		if (rows.length === 0) return undefined;
		return [
			'### Worth a look',
			'',
			'| Severity | What | Alerts | Why |',
			'| --- | --- | ---: | --- |',
			...rows,
		].join('\n');
	}

	/** The most severe watches first, then those with most alerts. */
	get #ranked() {
		return [...this.#byWatch.values()].sort(
			(one, other) =>
				rank(other.watch) - rank(one.watch) ||
				other.count - one.count ||
				(one.watch.id < other.watch.id ? -1 : 1),
		);
	}
}

function rank({ severity }: Watch): number {
	return severities.indexOf(severity);
}
