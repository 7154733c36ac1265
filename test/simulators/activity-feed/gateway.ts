/** The headers of an answer, by names in lower case. Several values are as many headers. */
export type AnswerHeaders = Record<string, string | string[]>;

/** What is left of an answer's headers behind a gateway that lets only headers pass that it knows. */
export function throughGateway(headers: AnswerHeaders): AnswerHeaders {
	const passed = Object.entries(headers).filter(
		([name]) => name !== 'request-id' && !name.startsWith('anthropic-'),
	);
	return { ...Object.fromEntries(passed), via: '1.1 gateway' };
}
