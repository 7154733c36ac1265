import { runStep } from '../step';
import { VERIFY_SECRETS } from './inputs';
import { verifyInWorkflow } from './workflow';

await runStep(VERIFY_SECRETS, verifyInWorkflow);
