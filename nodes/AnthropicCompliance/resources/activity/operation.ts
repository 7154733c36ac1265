import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Feed } from '../../../../core';
import type { Warn } from '../../shared/settings';

/**
 * Runs an operation for one input item, and yields the JSON of n8n items.
 *
 * @param index the index of the input item
 * @param warn gets messages about odd settings and odd answers
 * @throws UserError for settings that cannot work, or when the API refuses
 */
export type Operation = (
	context: IExecuteFunctions,
	feed: Feed,
	index: number,
	warn: Warn,
) => AsyncGenerator<IDataObject, void, undefined>;
