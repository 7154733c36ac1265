import {
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type IPollFunctions,
	sleep,
} from 'n8n-workflow';
import {
	ACCEPTED_CODINGS,
	ApiClient,
	Feed,
	type Http,
	type Log,
	PageSizes,
	parseAccessKey,
	parseBaseUrl,
	type RequestLog,
} from '../../../core';
import { type StreamedAnswer, AnswerTimer, wholeAnswer } from './answer-body';

const CREDENTIAL = 'anthropicComplianceApi';

/** Answers of the API took up to 5 s when measured. n8n's own default is 5 minutes. */
const REQUEST_TIMEOUT_MS = 30_000;
const LONGEST_ANSWER_MS = 5 * 60_000;
/** A request gets this long even when less time is left. */
const LEAST_TIMEOUT_MS = 5_000;

/** The context that n8n gives to the nodes of this package. */
export type Context = IPollFunctions | IExecuteFunctions;

/** What this process has learned about page sizes, by node: a poll has no time to learn it again. */
const pageSizes = new Map<string, PageSizes>();

/** Milliseconds since the epoch, from a clock that never goes back. */
export function now(): number {
	return performance.timeOrigin + performance.now();
}

/**
 * Opens the API with the node's credential.
 *
 * @param log gets the messages of the client
 * @param deadline when n8n gives up on the node, by the clock of `now`
 * @param requests the own requests that the node has made before
 * @throws UserError for a key or base URL that can never work; nothing is sent
 */
export async function openClient(
	context: Context,
	log = logOf(context),
	deadline = Infinity,
	requests?: RequestLog,
): Promise<ApiClient> {
	const { apiKey, baseUrl } = await context.getCredentials<Record<string, string>>(CREDENTIAL);
	return new ApiClient({
		accessKey: parseAccessKey(apiKey ?? ''),
		baseUrl: parseBaseUrl(baseUrl ?? ''),
		http: complianceHttp(context, deadline),
		requests,
		now,
		sleep,
		log,
	});
}

/** The Activity Feed, with what this process has learned about page sizes. */
export function feedOf(context: Context, client: ApiClient): Feed {
	return new Feed(client, pageSizesOf(context));
}

/** Identifies a node. Its id is not enough: n8n has workflows with two nodes of the same id. */
export function nodeKeyOf(context: Context): string {
	const { id, name } = context.getNode();
	return JSON.stringify([context.getWorkflow().id, id, name]);
}

function pageSizesOf(context: Context): PageSizes {
	const key = nodeKeyOf(context);
	const sizes = pageSizes.get(key) ?? new PageSizes();
	pageSizes.set(key, sizes);
	return sizes;
}

/** n8n's log. Each message names the node that it comes from. */
export function logOf(context: Context): Log {
	const origin = { workflowId: context.getWorkflow().id, nodeName: context.getNode().name };
	return {
		info: (message) => context.logger.info(message, origin),
		warning: (message) => context.logger.warn(message, origin),
	};
}

/**
 * A log that gets each warning once.
 *
 * @param warnings those that it has
 */
export function withoutRepeats(log: Log, warnings = new Set<string>()): Log {
	const warning = (message: string) => {
		if (!warnings.has(message)) log.warning(message);
		warnings.add(message);
	};
	return { ...log, warning };
}

function complianceHttp(context: Context, deadline: number): Http {
	return async ({ url, headers: asked, timeout = Infinity }) => {
		const untilDeadline = Math.max(deadline - now(), LEAST_TIMEOUT_MS);
		const timeLeft = Math.ceil(Math.min(untilDeadline, timeout, LONGEST_ANSWER_MS));
		const timer = new AnswerTimer(timeLeft);
		const request: IHttpRequestOptions = {
			// The URL contains the query: n8n would write lists as types[0]=…, which the API rejects.
			url,
			headers: { ...asked, 'accept-encoding': ACCEPTED_CODINGS },
			// n8n does not limit the size of a body, and would replace bytes that are not UTF-8.
			encoding: 'stream',
			json: false,
			returnFullResponse: true,
			// An error wrapped by n8n would hide what the API said.
			ignoreHttpStatusErrors: true,
			// The core follows redirects itself, and sends the key to no other origin.
			disableFollowRedirect: true,
			timeout: Math.min(timeLeft, REQUEST_TIMEOUT_MS),
			// `timeout` ends when the answer begins. In Get Many, n8n replaces this signal with its own.
			abortSignal: timer.signal,
		};
		const answer = context.helpers.httpRequestWithAuthentication.call(
			context,
			CREDENTIAL,
			request,
		) as Promise<StreamedAnswer>;
		// n8n wraps an error of the network in one with a sentence of its own, and without its code.
		const response = await answer.catch((error: Error) =>
			Promise.reject((error.cause ?? error) as Error),
		);
		return await wholeAnswer(response, timer);
	};
}
