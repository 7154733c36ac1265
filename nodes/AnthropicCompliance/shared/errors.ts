import {
	type Failure,
	type INode,
	type JsonObject,
	NodeApiError,
	type NodeError,
	NodeOperationError,
} from 'n8n-workflow';
import { UserError } from '../../../core';

/** How n8n is told who can help: time, or somebody at the credential or at the node. */
const CAUSES: Record<UserError['code'], Failure['cause']> = {
	'rate-limited': 'rate-limited',
	unavailable: 'temporarily-unavailable',
	'protocol-violation': 'temporarily-unavailable',
	'key-missing': 'credential-invalid',
	'key-malformed': 'credential-invalid',
	'key-for-models': 'credential-invalid',
	'key-invalid': 'credential-invalid',
	'scope-missing': 'credential-invalid',
	'organization-out-of-reach': 'configuration-invalid',
	'not-found': 'configuration-invalid',
	'invalid-request': 'configuration-invalid',
	'redirect-refused': 'configuration-invalid',
	'certificate-refused': 'configuration-invalid',
	'coding-unknown': 'configuration-invalid',
	'invalid-setting': 'configuration-invalid',
	'invalid-checkpoint': 'configuration-invalid',
	'other-organization': 'configuration-invalid',
};

/** Nobody can edit what n8n keeps for a node, so this is the way to begin anew. */
const FRESH_CHECKPOINT =
	'In n8n, a trigger node under a new name has a fresh checkpoint: add one that starts at a date before the last activity it gave, and remove this one.';

/** The ways to begin anew, for each error that asks for one. */
const WAYS: Partial<Record<UserError['code'], string>> = {
	'invalid-checkpoint': FRESH_CHECKPOINT,
	'other-organization':
		'In n8n, that is another Backfill Start Date, or a trigger node under a new name.',
};

/** What an error of n8n says beside that of the core. */
interface Frame {
	/** The input item it belongs to. */
	readonly itemIndex?: number | undefined;
	/** Stands in place of the cause that the core's code means. */
	readonly cause?: Failure['cause'];
	/** Follows what to do. */
	readonly more?: string;
}

/**
 * An error of the core as n8n shows it: what happened, what to do, and whether waiting helps.
 *
 * @returns the error to throw; what is no error of the core only gets n8n's frame
 */
export function toNodeError(node: INode, error: unknown, frame: Frame = {}): NodeError {
	const { itemIndex, more } = frame;
	if (!(error instanceof UserError)) {
		return error instanceof NodeOperationError || error instanceof NodeApiError
			? error
			: new NodeOperationError(node, error as Error, { itemIndex });
	}
	const { code, summary, remedy, requestId, status, retryAfterMs } = error;
	const cause = frame.cause ?? CAUSES[code];
	const way = WAYS[code] ? `${remedy} ${WAYS[code]}` : remedy;
	const reference = requestId && `(request-id: ${requestId})`;
	const options = {
		message: summary,
		description: [way, more, reference].filter(Boolean).join(' '),
		itemIndex,
		failure: { cause, ...(retryAfterMs && { retryAfterMs }) } as Failure,
	};
	if (code === 'invalid-setting' || code in WAYS) {
		return new NodeOperationError(node, summary, options);
	}
	const response: JsonObject = { message: summary };
	return new NodeApiError(node, response, {
		...options,
		...(status && { httpCode: String(status) }),
	});
}
