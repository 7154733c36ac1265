import v8 from 'node:v8';
import { run } from './run';

// A page's records die together and soon. Room for several pages of them only takes memory, 50 MB or
// more, as V8 doubles the space for what is new whenever it finds something in it alive.
v8.setFlagsFromString('--semi-space-growth-factor=1');

await run();
