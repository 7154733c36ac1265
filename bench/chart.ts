import { FLOOR, readers } from './readers';
import { comparedSettings } from './report';
import { find, type Measurement, type Results, type Setting } from './results';

const WIDTH = 760;
const MARGIN = 24;
const LABELS = 210;
const VALUES = 160;
const BAR = 18;
const STEP = 28;
const HEADING = 44;
const GAP = 20;
const OURS = /^(Core|Action|n8n)/;

/** With its own background, the chart is legible everywhere; the colours follow the viewer's light or dark theme. */
const STYLE = `
	.back { fill: #ffffff; stroke: #d0d7de; }
	text { fill: #1f2328; font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; }
	.title { font-weight: 600; }
	.value { fill: #59636e; }
	.other { fill: #8c959f; }
	.floor { fill: #57606a; }
	.ours { fill: #c2571f; }
	@media (prefers-color-scheme: dark) {
		.back { fill: #0d1117; stroke: #3d444d; }
		text { fill: #f0f6fc; }
		.value { fill: #9198a1; }
		.other { fill: #656c76; }
		.floor { fill: #9198a1; }
		.ours { fill: #e8824a; }
	}
`;

/** An SVG with bars of wall time, and one panel for each setting. */
export function drawChart(results: Results): string {
	const panels: string[] = [];
	let y = MARGIN;
	for (const setting of comparedSettings(results)) {
		const measured = readers.flatMap(({ name }) => find(results, name, setting) ?? []);
		panels.push(panel(setting, measured, y));
		y += HEADING + measured.length * STEP + GAP;
	}
	const height = y - GAP + MARGIN;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
		`<title>Wall time of each reader; shorter is better</title>`,
		`<style>${STYLE}</style>`,
		`<rect class="back" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>`,
		...panels,
		'</svg>',
		'',
	].join('\n');
}

function panel({ count, latency }: Setting, measured: readonly Measurement[], top: number): string {
	const longest = Math.max(...measured.map(({ median }) => median.wallMs));
	const floor = measured.find(({ reader }) => reader === FLOOR)?.median.wallMs;
	const room = WIDTH - 2 * MARGIN - LABELS - VALUES;
	const title = `${count.toLocaleString('en-US')} activities, ${latency.toLocaleString('en-US')} ms a call: wall time`;
	const bars = measured.map(({ reader, median: { wallMs } }, index) => {
		const y = top + HEADING + index * STEP;
		const length = Math.max((wallMs / longest) * room, 2);
		const kind = reader === FLOOR ? 'floor' : OURS.test(reader) ? 'ours' : 'other';
		const ratio = floor ? ` · ${(wallMs / floor).toFixed(1)} × floor` : '';
		const baseline = y + BAR - 5;
		return [
			text(MARGIN, baseline, reader),
			`<rect class="${kind}" x="${MARGIN + LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>`,
			text(
				MARGIN + LABELS + length + 8,
				baseline,
				`${(wallMs / 1000).toFixed(1)} s${ratio}`,
				'value',
			),
		].join('\n');
	});
	return [text(MARGIN, top + 18, title, 'title'), ...bars].join('\n');
}

function text(x: number, y: number, content: string, kind?: string): string {
	const attribute = kind ? ` class="${kind}"` : '';
	return `<text${attribute} x="${x.toFixed(1)}" y="${y.toFixed(1)}">${content}</text>`;
}
