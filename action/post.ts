import { completeJob } from './complete-job';

await completeJob();
