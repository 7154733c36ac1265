import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Feed } from '../../../../core';
import type { Warn } from '../../shared/settings';

/**
 * What an operation gives for one input item: the JSON of n8n items.
 *
 * @param index which input item
 * @param warn is told of what is odd in the settings and in the feed
 * @throws UserError for settings that cannot work, and when the API refuses
 */
export type Operation = (
	context: IExecuteFunctions,
	feed: Feed,
	index: number,
	warn: Warn,
) => AsyncGenerator<IDataObject, void, undefined>;
