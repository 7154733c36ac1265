import { DAY_MS, utcDay } from '../../core';

/** With more bars than this, their labels would overlap. */
const MAX_BARS = 14;
const STYLE = {
	xyChart: { width: 900, height: 260, xAxis: { labelFontSize: 12 } },
	themeVariables: { xyChart: { plotColorPalette: '#d97757' } },
};

/**
 * A bar chart of activities over time, in Mermaid's language.
 *
 * A bar shows one day, or several days if there would be too many bars.
 *
 * @param byDay counts by UTC day, `YYYY-MM-DD`; must not be empty
 */
export function dayChart(byDay: ReadonlyMap<string, number>): string {
	const days = [...byDay.keys()].sort();
	const first = Date.parse(days[0] ?? '');
	const last = Date.parse(days.at(-1) ?? '');
	const dayCount = Math.round((last - first) / DAY_MS) + 1;
	const daysABar = Math.ceil(dayCount / MAX_BARS);
	const bars = Array.from({ length: Math.ceil(dayCount / daysABar) }, () => 0);
	for (const [day, count] of byDay) {
		const bar = Math.floor((Date.parse(day) - first) / DAY_MS / daysABar);
		bars[bar] = (bars[bar] ?? 0) + count;
	}
	const years = new Set(days.map((day) => day.slice(0, 4)));
	const labels = bars.map((_, bar) => {
		const day = utcDay(first + bar * daysABar * DAY_MS);
		return `"${years.size > 1 ? day : day.slice(5)}"`;
	});
	const unit = daysABar === 1 ? 'Activities a day' : `Activities in ${daysABar} days`;
	return [
		'```mermaid',
		`%%{init: ${JSON.stringify(STYLE)}}%%`,
		'xychart-beta',
		`    x-axis [${labels.join(', ')}]`,
		// Without explicit limits, Mermaid starts the axis at the smallest bar, which then looks empty.
		`    y-axis "${unit}" 0 --> ${Math.max(...bars)}`,
		`    bar [${bars.join(', ')}]`,
		'```',
	].join('\n');
}
