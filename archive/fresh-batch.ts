import { type Activity, type Batch, COMPLIANCE_API_ACCESSED, type Fingerprints } from '../core';

/**
 * The part of a batch that is new to an archive. It drops the activities that the archive holds, to save
 * memory.
 */
export interface FreshBatch extends Omit<Batch, 'known' | 'keep'> {
	/** Archived activities that the feed now shows with other content. */
	readonly changed: readonly Activity[];
}

/**
 * The part of a batch that is new to an archive. It does not rely on the checkpoint that the batch was
 * read from.
 *
 * @param contents fingerprints of the ids and texts in the archive
 */
export function freshBatch({ known, keep, ...batch }: Batch, contents: Fingerprints): FreshBatch {
	// It waits for others that go into the same commit.
	keep();
	const isNew = ({ id }: { readonly id: string }) => !contents.has(id);
	const held = batch.activities.filter((activity) => !isNew(activity));
	// Some may be requests of others. The only effect is one commit more.
	const ownHeld = held.filter(({ type }) => type === COMPLIANCE_API_ACCESSED).length;
	return {
		...batch,
		activities: batch.activities.filter(isNew),
		alerts: batch.alerts.filter(({ activity }) => isNew(activity)),
		unreadable: batch.unreadable.filter(isNew),
		leftOut: batch.leftOut.filter((id) => isNew({ id })),
		own: Math.max(batch.own - ownHeld, 0),
		changed: [...known, ...held].filter(
			({ id, json }) => contents.has(id) && !contents.has(textKey(id, json)),
		),
	};
}

/** The key of an activity's text in the fingerprints of contents. */
export function textKey(id: string, json: string): string {
	return `${id}\n${json}`;
}
