import { type Activity, type Batch, COMPLIANCE_API_ACCESSED, type Fingerprints } from '../core';

/**
 * What of a batch is new to an archive. The texts that the archive holds already are left out: they
 * would only fill the memory.
 */
export interface FreshBatch extends Omit<Batch, 'known'> {
	/** Archived activities that the feed now shows with other content. */
	readonly changed: readonly Activity[];
}

/**
 * What of a batch is new, whatever the checkpoint says that the batch was read from.
 *
 * @param contents ids and texts that the archive is known to hold
 */
export function freshBatch({ known, ...batch }: Batch, contents: Fingerprints): FreshBatch {
	const isNew = ({ id }: { readonly id: string }) => !contents.has(id);
	const held = batch.activities.filter((activity) => !isNew(activity));
	// Not all of them need be own ones: then there is a commit more at most.
	const ownHeld = held.filter(({ type }) => type === COMPLIANCE_API_ACCESSED).length;
	return {
		...batch,
		activities: batch.activities.filter(isNew),
		unreadable: batch.unreadable.filter(isNew),
		skipped: batch.skipped.filter((id) => isNew({ id })),
		own: Math.max(batch.own - ownHeld, 0),
		changed: [...known, ...held].filter(
			({ id, json }) => contents.has(id) && !contents.has(textKey(id, json)),
		),
	};
}

/** What the text of an activity is called among the fingerprints of contents. */
export function textKey(id: string, json: string): string {
	return `${id}\n${json}`;
}
