import { runStep } from '../step';
import { SECRETS } from './inputs';
import { verifyInWorkflow } from './workflow';

await runStep(SECRETS, verifyInWorkflow);
