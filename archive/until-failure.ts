/** Yields what a source yields until it ends or fails. Does not throw: read `failure` at the end. */
export class UntilFailure<T> implements AsyncIterable<T> {
	/** The source's error; `undefined` when the source did not fail. */
	failure: Error | undefined;

	constructor(private readonly source: AsyncIterable<T>) {}

	async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
		try {
			yield* this.source;
		} catch (error) {
			this.failure = error as Error;
		}
	}
}
