import { describeQueueMode } from './queue-scenarios';

describeQueueMode('default');
