import path from 'node:path';
import * as actions from '@actions/core';
import { type FeedInputs, readFeedInputs } from '../feed-inputs';
import { readText } from '../input';
import { type ComparedInterval, parseInterval } from './against-feed';

/** The inputs of the action.yml in this folder, read and checked. */
export interface Inputs {
	/** Absolute path of the archive. */
	readonly directory: string;
	/** The interval and the feed for the comparison; `undefined` without one. */
	readonly againstFeed: (FeedInputs & { readonly interval: ComparedInterval }) | undefined;
}

/** The inputs that must appear nowhere. */
export const SECRETS = ['compliance-access-key'] as const;

/**
 * Reads the inputs; those of the feed only for a comparison.
 *
 * @param workspace the base of relative paths
 * @throws ComplianceError for the first input that cannot be used
 */
export function readInputs(workspace: string): Inputs {
	const interval = actions.getInput('against-feed');
	return {
		directory: path.resolve(workspace, readText('path')),
		againstFeed: interval ? { interval: parseInterval(interval), ...readFeedInputs() } : undefined,
	};
}
