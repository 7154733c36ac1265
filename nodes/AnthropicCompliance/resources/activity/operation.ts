import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { ApiClient } from '../../../../core';

/**
 * Runs an operation for one input item, and yields the JSON of n8n items.
 *
 * @param client opens the operation's endpoint; its log gets messages about odd settings and answers
 * @param index the index of the input item
 * @throws UserError for settings that cannot work, or when the API refuses
 */
export type Operation = (
	context: IExecuteFunctions,
	client: ApiClient,
	index: number,
) => AsyncGenerator<IDataObject, void, undefined>;
