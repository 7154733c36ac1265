import { describeTrigger } from './trigger-scenarios';

describeTrigger('durable');
