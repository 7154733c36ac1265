// Apart from what every run loads.
export { defaultWatches, Watcher } from '../core';
