import * as actions from '@actions/core';
import type { Log } from '../core';

/** The log of a step: messages as lines, warnings as annotations. */
export const workflowLog: Log = { info: actions.info, warning: actions.warning };
