import { quote } from '../../core';
import { type Comparison, describeInterval } from './against-feed';
import type { Finding } from '../../archive/verify/findings';
import { describePeriod } from '../../archive/verify/periods';
import type { Verification } from '../../archive/verify/verify';

/** A job summary lists no more: so many holes are a finding each, and the log has them. */
const MAX_PERIODS = 25;

/** What verify has found, for a terminal or a log. */
export function renderVerification(verification: Verification): string {
	const { periods, activities, dayFiles, unreadable, manifests, head } = verification;
	const [first, ...others] = periods.map(describePeriod);
	return [
		`Covered      ${first ?? 'nothing'}`,
		...others.map((period) => `             ${period}`),
		`Activities   ${activities.toLocaleString('en')} in ${dayFiles.toLocaleString('en')} day files`,
		...(unreadable > 0
			? [`Unreadable   ${unreadable.toLocaleString('en')}, records that are no activities`]
			: []),
		`Manifests    ${manifests.toLocaleString('en')}`,
		...renderLeftovers(verification),
		`Head         ${head ? `manifest ${head.sequence}, SHA-256 ${head.sha256}` : 'none'}`,
		'             If an older state was put back whole, only this tells: compare it with the newest',
		'             job summary.',
		'',
		...renderFindings(verification, 'The archive is as it was written.'),
		'',
	].join('\n');
}

/**
 * What the comparison with the feed has found, for a terminal or a log.
 *
 * @param showIds not in a log: it is read by more people than the archive
 */
export function renderComparison(comparison: Comparison, showIds: boolean): string {
	const { read } = comparison;
	const activities = `${read.toLocaleString('en')} ${read === 1 ? 'activity' : 'activities'}`;
	return [
		`Compared     ${describeInterval(comparison.compared)} with the feed, which shows ${activities}`,
		'',
		...renderFindings(comparison, 'The archive holds what the feed shows.', showIds),
		'',
	].join('\n');
}

/**
 * What verify has found, for a job summary. What it names stands in the log alone.
 *
 * @param findings how many there are in all
 * @param comparison with the feed; `undefined` when none was asked for
 */
export function summarizeVerification(
	verification: Verification,
	findings: number,
	comparison?: Comparison | 'failed',
): string {
	const { periods, activities, unreadable, manifests, head } = verification;
	const covered = periods.slice(0, MAX_PERIODS).map(describePeriod);
	if (periods.length > MAX_PERIODS) covered.push(`and ${periods.length - MAX_PERIODS} more`);
	const failed =
		comparison === 'failed' ? ' **It was not compared with the feed**, as the log tells.' : '';
	return [
		'## Audit archive',
		findings === 0
			? `**As it was written.**${failed}`
			: `**${findings.toLocaleString('en')} ${findings === 1 ? 'finding' : 'findings'}:** the log names them.${failed}`,
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
			`| Head | ${head ? `manifest ${head.sequence}, \`${head.sha256}\`` : 'none'} |`,
		].join('\n'),
		'',
	].join('\n\n');
}

function renderLeftovers({ leftovers }: Verification): string[] {
	const [first] = leftovers;
	if (first === undefined) return [];
	const number = leftovers.length;
	return [
		`Left there   ${number.toLocaleString('en')} ${number === 1 ? 'file' : 'files'} of a system or an editor, such as ${quote(first)}; no damage`,
	];
}

interface Found {
	readonly findings: readonly Finding[];
	readonly omitted: number;
}

function renderFindings({ findings, omitted }: Found, allRight: string, showIds = false): string[] {
	if (findings.length === 0) return [allRight];
	const number = findings.length + omitted;
	// The dash keeps a file's name from being read as a command by whatever runs this.
	const lines = findings.map(
		({ path, line, problem, id }) =>
			`- ${path}${line === undefined ? '' : `:${line}`}: ${problem}${showIds && id ? ` (${id})` : ''}`,
	);
	if (omitted > 0) lines.push(`- and ${omitted.toLocaleString('en')} more of the same kinds`);
	return [`${number.toLocaleString('en')} ${number === 1 ? 'finding' : 'findings'}:`, ...lines];
}
