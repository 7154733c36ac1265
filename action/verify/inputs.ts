import path from 'node:path';
import * as actions from '@actions/core';
import { type FeedInputs, readFeedInputs } from '../feed-inputs';
import { readText } from '../input';
import { type ComparedInterval, parseInterval } from './against-feed';

/** What the action.yml beside this offers, read and checked. */
export interface VerifyInputs {
	/** Absolute path of the archive. */
	readonly directory: string;
	/** What to compare it with, if anything. */
	readonly againstFeed: (FeedInputs & { readonly interval: ComparedInterval }) | undefined;
}

/** The inputs that nothing must show. */
export const VERIFY_SECRETS = ['compliance-access-key'] as const;

/**
 * Reads all inputs; those of the feed only where it is to be read.
 *
 * @param workspace what relative paths are relative to
 * @throws UserError for the first input that cannot be used, before anything is read
 */
export function readVerifyInputs(workspace: string): VerifyInputs {
	const interval = actions.getInput('against-feed');
	return {
		directory: path.resolve(workspace, readText('path')),
		againstFeed: interval ? { interval: parseInterval(interval), ...readFeedInputs() } : undefined,
	};
}
