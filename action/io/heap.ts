import { PerformanceObserver } from 'node:perf_hooks';
import v8 from 'node:v8';

/**
 * The size of the space for new objects, both halves together, in bytes. It is large enough for the
 * objects of a page to become garbage before V8 moves them to the space for old objects, where they would
 * pile up.
 */
const NEW_SPACE_BYTES = 16 * 1024 * 1024;

/**
 * Lets V8 use no more memory than a run needs. By default, V8 doubles its space for new objects whenever
 * some of them survive, to 32 MB and more. That makes a run no faster. Once a process has started, no flag
 * limits the size, only the growth.
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
