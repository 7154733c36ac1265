/** The headers of an answer, by names in lower case. Several values are several headers. */
export type AnswerHeaders = Record<string, string | string[]>;

/** The headers that remain behind a gateway, which removes unknown headers. */
export function throughGateway(headers: AnswerHeaders): AnswerHeaders {
	const passed = Object.entries(headers).filter(
		([name]) => name !== 'request-id' && !name.startsWith('anthropic-'),
	);
	return { ...Object.fromEntries(passed), via: '1.1 gateway' };
}
