import { limitHeap } from './io/heap';
import { run } from './run';

limitHeap();

await run();
