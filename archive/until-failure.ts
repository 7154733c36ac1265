/** What a source gives until it ends or fails. Whether it failed, one has to ask when it has ended. */
export class UntilFailure<T> implements AsyncIterable<T> {
	/** Why it failed; `undefined` when it did not. */
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
