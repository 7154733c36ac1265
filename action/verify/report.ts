import { quote } from '../../core';
import { type Comparison, describeInterval } from './against-feed';
import type { Finding } from '../../archive/verify/findings';
import { describeCovered } from '../../archive/verify/intervals';
import type { Verification } from '../../archive/verify/verify';

/** A job summary lists at most so many intervals; the log has all of them. */
const MAX_INTERVALS = 25;

/** The width of the labels, in characters. */
const LABEL_WIDTH = 15;

/** The report of verify for a terminal or a log. */
export function renderVerification(verification: Verification): string {
	const { intervals, activities, dayFiles, unreadable, manifests, lastManifest } = verification;
	const [first, ...others] = intervals.map(describeCovered);
	return [
		labelled('Covered', first ?? 'nothing'),
		...others.map((interval) => labelled('', interval)),
		labelled(
			'Activities',
			`${activities.toLocaleString('en')} in ${dayFiles.toLocaleString('en')} day files`,
		),
		...(unreadable > 0
			? [labelled('Unreadable', `${unreadable.toLocaleString('en')} records`)]
			: []),
		labelled('Manifests', manifests.toLocaleString('en')),
		...renderLeftovers(verification),
		labelled(
			'Last manifest',
			lastManifest ? `${lastManifest.sequence}, SHA-256 ${lastManifest.sha256}` : 'none',
		),
		labelled('', 'Compare number and SHA-256 with the newest job summary: nothing else shows'),
		labelled('', 'whether the whole archive was reset to an older state.'),
		'',
		...renderFindings(verification, 'The archive is consistent: there are no findings.'),
		'',
	].join('\n');
}

/**
 * The report of the comparison with the feed, for a terminal or a log.
 *
 * @param showIds false in a log, which more people can read than the archive
 */
export function renderComparison(comparison: Comparison, showIds: boolean): string {
	const { read } = comparison;
	const activities = `${read.toLocaleString('en')} ${read === 1 ? 'activity' : 'activities'}`;
	return [
		labelled(
			'Compared',
			`${describeInterval(comparison.compared)} with the feed, which shows ${activities}`,
		),
		'',
		...renderFindings(comparison, 'The archive holds what the feed shows.', showIds),
		'',
	].join('\n');
}

/**
 * The report of verify for a job summary. Only the log lists the findings.
 *
 * @param findings the number of all findings
 * @param comparison with the feed; `undefined` without one
 */
export function summarizeVerification(
	verification: Verification,
	findings: number,
	comparison?: Comparison | 'failed',
): string {
	const { intervals, activities, unreadable, manifests, lastManifest } = verification;
	const covered = intervals.slice(0, MAX_INTERVALS).map(describeCovered);
	if (intervals.length > MAX_INTERVALS)
		covered.push(`and ${intervals.length - MAX_INTERVALS} more`);
	const failed =
		comparison === 'failed' ? ' **It was not compared with the feed**; the log says why.' : '';
	return [
		'## Audit archive',
		findings === 0
			? `**Consistent, no findings.**${failed}`
			: `**${findings.toLocaleString('en')} ${findings === 1 ? 'finding' : 'findings'}:** the log lists them.${failed}`,
		[
			'| | |',
			'| --- | --- |',
			`| Covered | ${covered.join('<br>') || 'nothing'} |`,
			...(typeof comparison === 'object'
				? [`| Compared with the feed | ${describeInterval(comparison.compared)} |`]
				: []),
			`| Activities | ${activities.toLocaleString('en')} |`,
			...(unreadable > 0 ? [`| Unreadable records | ${unreadable.toLocaleString('en')} |`] : []),
			`| Manifests | ${manifests.toLocaleString('en')} |`,
			`| Last manifest | ${lastManifest ? `${lastManifest.sequence}, \`${lastManifest.sha256}\`` : 'none'} |`,
		].join('\n'),
		'',
	].join('\n\n');
}

function labelled(label: string, text: string): string {
	return label.padEnd(LABEL_WIDTH) + text;
}

function renderLeftovers({ leftovers }: Verification): string[] {
	const [first] = leftovers;
	if (first === undefined) return [];
	const number = leftovers.length;
	return [
		labelled(
			'Ignored',
			`${number.toLocaleString('en')} ${number === 1 ? 'file' : 'files'} of a system or an editor, such as ${quote(first)}`,
		),
	];
}

interface Found {
	readonly findings: readonly Finding[];
	readonly omitted: number;
}

function renderFindings(
	{ findings, omitted }: Found,
	noFindings: string,
	showIds = false,
): string[] {
	if (findings.length === 0) return [noFindings];
	const number = findings.length + omitted;
	// The dash keeps a runner from reading a file's name as a command.
	const lines = findings.map(
		({ path, line, problem, id }) =>
			`- ${path}${line === undefined ? '' : `:${line}`}: ${problem}${showIds && id ? ` (${id})` : ''}`,
	);
	if (omitted > 0) lines.push(`- and ${omitted.toLocaleString('en')} more of these kinds`);
	return [`${number.toLocaleString('en')} ${number === 1 ? 'finding' : 'findings'}:`, ...lines];
}
