import * as actions from '@actions/core';
import { parseAccessKey, parseBaseUrl } from '../core';
import { readShare } from './read-input';

/** The inputs of every action that reads the feed. */
export interface FeedInputs {
	readonly accessKey: string;
	readonly baseUrl: string;
	/** Above 0 and up to 1. */
	readonly rateLimitShare: number;
}

/** @throws UserError for the first input that cannot be used */
export function readFeedInputs(): FeedInputs {
	return {
		accessKey: parseAccessKey(actions.getInput('compliance-access-key')),
		baseUrl: parseBaseUrl(actions.getInput('base-url')),
		rateLimitShare: readShare('rate-limit-share'),
	};
}
