import path from 'node:path';
import * as actions from '@actions/core';
import { type FeedInputs, readFeedInputs } from '../feed-inputs';
import { readText } from '../read-input';
import { type ComparedInterval, parseInterval } from './against-feed';

/** The inputs of the action.yml in this folder, read and checked. */
export interface VerifyInputs {
	/** Absolute path of the archive. */
	readonly directory: string;
	/** The interval and the feed for the comparison; `undefined` without one. */
	readonly againstFeed: (FeedInputs & { readonly interval: ComparedInterval }) | undefined;
}

/** The inputs that must appear nowhere. */
export const VERIFY_SECRETS = ['compliance-access-key'] as const;

/**
 * Reads the inputs; those of the feed only for a comparison.
 *
 * @param workspace the base of relative paths
 * @throws UserError for the first input that cannot be used
 */
export function readVerifyInputs(workspace: string): VerifyInputs {
	const interval = actions.getInput('against-feed');
	return {
		directory: path.resolve(workspace, readText('path')),
		againstFeed: interval ? { interval: parseInterval(interval), ...readFeedInputs() } : undefined,
	};
}
