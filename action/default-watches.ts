// Apart from what every run loads.
export { Watcher } from '../core/watches/watcher';
export { defaultWatches } from '../core/watches/watches';
