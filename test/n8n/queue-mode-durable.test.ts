import { describeQueueMode } from './queue-scenarios';

describeQueueMode('durable');
