import { describeTrigger } from './trigger-scenarios';

describeTrigger('default');
