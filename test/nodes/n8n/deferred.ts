/** A promise that something else settles, as n8n's helper makes it. */
export interface Deferred<T> {
	promise: Promise<T>;
	resolve: (value: T) => void;
	reject: (error: Error) => void;
}

export function createDeferredPromise<T>(): Deferred<T> {
	const deferred: Partial<Deferred<T>> = {};
	deferred.promise = new Promise<T>((resolve, reject) =>
		Object.assign(deferred, { resolve, reject }),
	);
	return deferred as Deferred<T>;
}
