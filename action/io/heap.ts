import { PerformanceObserver } from 'node:perf_hooks';
import v8 from 'node:v8';

/**
 * So many bytes the space for new objects gets, both its halves together. What is read of a page is then
 * garbage before it is moved to the space for old objects, where it would pile up.
 */
const NEW_SPACE_BYTES = 16 * 1024 * 1024;

/**
 * Has V8 take no more memory than a run needs. By default, V8 doubles its space for new objects whenever
 * some of them survive, to 32 MB and more, and gains nothing by it here. No flag bounds it once a
 * process has started, only how it grows.
 */
export function limitHeap(): void {
	const observer = new PerformanceObserver(() => {
		if (newSpaceBytes() < NEW_SPACE_BYTES) return;
		v8.setFlagsFromString('--semi-space-growth-factor=1');
		observer.disconnect();
	});
	observer.observe({ entryTypes: ['gc'] });
}

function newSpaceBytes(): number {
	const spaces = v8.getHeapSpaceStatistics();
	return spaces.find(({ space_name: name }) => name === 'new_space')?.space_size ?? Infinity;
}
