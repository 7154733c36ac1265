import v8 from 'node:v8';
import { run } from './run';

// The records of a page become garbage together and soon. By default, V8 doubles its space for new
// objects whenever some of them survive. That takes 50 MB or more and gains nothing here.
v8.setFlagsFromString('--semi-space-growth-factor=1');

await run();
