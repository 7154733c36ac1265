import {
	type Failure,
	type INode,
	type JsonObject,
	NodeApiError,
	type NodeError,
	NodeOperationError,
} from 'n8n-workflow';
import { UserError } from '../../../core';

/** The cause of each error in n8n's terms, which say what helps: waiting, another credential or other settings. */
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

/** Users cannot edit what n8n saves for a node, so this is the only way to start over. */
const FRESH_CHECKPOINT =
	'In n8n, add a trigger node under a new name: it starts with an empty checkpoint. Let it start at a Date before the last activity that this node delivered, and remove this node.';

/** How to start over in n8n, for the errors whose remedy this is. */
const WAYS_TO_START_OVER: Partial<Record<UserError['code'], string>> = {
	'invalid-checkpoint': FRESH_CHECKPOINT,
	'other-organization':
		'In n8n, choose another Backfill Start Date, or add a trigger node under a new name.',
};

/** What an error in n8n adds to an error of the core. */
interface Frame {
	/** The index of the input item that the error belongs to. */
	readonly itemIndex?: number | undefined;
	/** Replaces the cause that belongs to the error's code. */
	readonly cause?: Failure['cause'];
	/** Comes after the remedy. */
	readonly more?: string;
	/** Whether the message holds the remedy too: where n8n shows nothing but the message. */
	readonly remedyInMessage?: boolean;
}

/**
 * Makes an error that n8n can show: what happened, what to do, and whether waiting helps.
 *
 * @returns the error to throw; an error that is not the core's is only wrapped for n8n
 */
export function toNodeError(node: INode, error: unknown, frame: Frame = {}): NodeError {
	const { itemIndex, more, remedyInMessage = false } = frame;
	if (!(error instanceof UserError)) {
		return error instanceof NodeOperationError || error instanceof NodeApiError
			? error
			: new NodeOperationError(node, error as Error, { itemIndex });
	}
	const { code, summary, remedy, requestId, status, retryAfterMs } = error;
	const cause = frame.cause ?? CAUSES[code];
	const wayToStartOver = WAYS_TO_START_OVER[code];
	const reference = requestId && `(request-id: ${requestId})`;
	const description = [remedy, wayToStartOver, more, reference].filter(Boolean).join(' ');
	const message = remedyInMessage ? `${summary} ${description}` : summary;
	const options = {
		message,
		description,
		itemIndex,
		failure: { cause, ...(retryAfterMs && { retryAfterMs }) } as Failure,
	};
	if (code === 'invalid-setting' || wayToStartOver) {
		return inOurWords(new NodeOperationError(node, message, options), message);
	}
	const response: JsonObject = { message };
	return inOurWords(
		new NodeApiError(node, response, {
			...options,
			...(status && { httpCode: String(status) }),
		}),
		message,
	);
}

/** n8n replaces a message that contains a code such as ECONNREFUSED with a sentence of its own. */
function inOurWords(error: NodeError, message: string): NodeError {
	error.message = message;
	return error;
}
