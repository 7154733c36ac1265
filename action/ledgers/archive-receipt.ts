import type { Committed } from '../../archive/archive';
import { daysOf, unreadableIn } from '../../archive/manifest';
import { counted, newRecords, number } from '../markdown';
import type { Fact } from '../outputs';
import { CONTINUES, type LedgerReceipt } from './ledger';

/** With more commits than this, only the first and the last one are linked. */
const MAX_LINKED_COMMITS = 5;

/**
 * The receipt of a run that commits to an archive.
 *
 * @param commits those of the run, in their order
 * @param vanished whether the archive of earlier runs is gone
 */
export function archiveReceipt(commits: readonly Committed[], vanished: boolean): LedgerReceipt {
	const last = commits.at(-1);
	return {
		outputs: {
			'commit-sha': last?.commit.sha,
			'commit-url': last?.commit.url,
			manifest: last?.manifestPath,
		},
		facts: factsOf(commits, vanished),
		fate: last
			? 'committed with the activities'
			: 'nothing to commit, so the next run starts there too',
		next: CONTINUES,
		kept: 'What is committed stays in the archive',
		secured: last && archivedNotice(commits, last),
	};
}

/** What remains in the archive if the run fails later. */
function archivedNotice(commits: readonly Committed[], { commit }: Committed): string {
	const count = commits.reduce((sum, { manifest }) => sum + manifest.activities.count, 0);
	const unreadable = commits.reduce((sum, { manifest }) => sum + unreadableIn(manifest), 0);
	return `${newRecords(count, unreadable)} of this run ${count + unreadable === 1 ? 'is' : 'are'} already in the archive, and the next run continues from there: ${commit.url}`;
}

function factsOf(commits: readonly Committed[], vanished: boolean): Fact[] {
	const facts: Fact[] = [];
	if (vanished) {
		facts.push([
			'New archive',
			'**the archive of earlier runs was removed**; the log says what to do',
		]);
	}
	const last = commits.at(-1);
	if (!last) return facts;
	const manifests = commits.map(({ manifest }) => manifest);
	const count = manifests.reduce((sum, { activities }) => sum + activities.count, 0);
	const days = new Set(manifests.flatMap(daysOf));
	const { manifest, manifestHash } = last;
	facts.push(
		[
			commits.length === 1 ? 'Commit' : `${number(commits.length)} commits`,
			`${linksTo(commits)}; ${counted(count, 'activity', 'activities')} added, ${counted(days.size, 'day', 'days')} touched`,
		],
		[
			'Archive',
			`manifest ${manifest.sequence}, \`${manifestHash}\`; holds everything up to ${manifest.coverage.to}`,
		],
	);
	const changed = new Set(manifests.flatMap((each) => each.changed));
	if (changed.size > 0) {
		facts.push(['Changed in the feed', `${number(changed.size)}, kept as archived`]);
	}
	return facts;
}

function linksTo(commits: readonly Committed[]): string {
	const links = commits.map(({ commit: { sha, url } }) => `[${sha.slice(0, 7)}](${url})`);
	if (links.length <= MAX_LINKED_COMMITS) return links.join(', ');
	return `${links[0]} … ${links.at(-1)}`;
}
