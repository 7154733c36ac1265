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
import { type BegunAnswer, AnswerTimer, wholeAnswer } from './answer-body';

const CREDENTIAL = 'anthropicComplianceApi';

/** The API was seen to take up to 5 s; n8n's own default would be 5 minutes. */
const REQUEST_TIMEOUT_MS = 30_000;
const LONGEST_ANSWER_MS = 5 * 60_000;
/** However little time is left, a request gets a chance. */
const LEAST_TIMEOUT_MS = 5_000;

/** What the nodes of this package run in. */
export type Context = IPollFunctions | IExecuteFunctions;

/** What this process knows of page sizes, by node: a poll has no time to find out again. */
const pageSizes = new Map<string, PageSizes>();

/** Milliseconds since the epoch, by a clock that is never set back. */
export function now(): number {
	return performance.timeOrigin + performance.now();
}

/**
 * The Activity Feed that the node's credential opens.
 *
 * @param deadline when n8n gives up on what the node does, by `now`
 * @param requests those that the node has made before
 * @param log where its messages go
 * @throws UserError for a key or base URL that can never work; nothing is sent then
 */
export async function openFeed(
	context: Context,
	deadline = Infinity,
	requests?: RequestLog,
	log = logOf(context),
): Promise<Feed> {
	const { apiKey, baseUrl } = await context.getCredentials<Record<string, string>>(CREDENTIAL);
	const client = new ApiClient({
		accessKey: parseAccessKey(apiKey ?? ''),
		baseUrl: parseBaseUrl(baseUrl ?? ''),
		http: complianceHttp(context, deadline),
		requests,
		now,
		sleep,
		log,
	});
	return new Feed(client, pageSizesOf(context));
}

/** What tells a node from all others: n8n has workflows with two nodes of the same id. */
export function placeOf(context: Context): string {
	const { id, name } = context.getNode();
	return JSON.stringify([context.getWorkflow().id, id, name]);
}

function pageSizesOf(context: Context): PageSizes {
	const place = placeOf(context);
	const sizes = pageSizes.get(place) ?? new PageSizes();
	pageSizes.set(place, sizes);
	return sizes;
}

/** n8n's log, with the node that a message comes from. */
export function logOf(context: Context): Log {
	const origin = { workflowId: context.getWorkflow().id, nodeName: context.getNode().name };
	return {
		info: (message) => context.logger.info(message, origin),
		warning: (message) => context.logger.warn(message, origin),
	};
}

function complianceHttp(context: Context, deadline: number): Http {
	return async ({ url, headers: asked, timeout = Infinity }) => {
		const untilDeadline = Math.max(deadline - now(), LEAST_TIMEOUT_MS);
		const timeLeft = Math.ceil(Math.min(untilDeadline, timeout, LONGEST_ANSWER_MS));
		const timer = new AnswerTimer(timeLeft);
		const request: IHttpRequestOptions = {
			// The query stands in the URL: n8n would write lists as types[0]=…, which the API rejects.
			url,
			headers: { ...asked, 'accept-encoding': ACCEPTED_CODINGS },
			// n8n has no limit for a body, and as a text it would replace what is no UTF-8.
			encoding: 'stream',
			json: false,
			returnFullResponse: true,
			// An error wrapped by n8n would hide what the API said.
			ignoreHttpStatusErrors: true,
			// The core follows redirects itself, and takes the key to no other origin.
			disableFollowRedirect: true,
			timeout: Math.min(timeLeft, REQUEST_TIMEOUT_MS),
			// That ends when the answer begins. In place of this, Get Many has n8n's own signal.
			abortSignal: timer.signal,
		};
		const response = (await context.helpers.httpRequestWithAuthentication.call(
			context,
			CREDENTIAL,
			request,
		)) as BegunAnswer;
		return await wholeAnswer(response, timer);
	};
}
