// Loaded on demand, so that it is no part of what the step itself loads.
const { completeJob } = await import('./complete-job');

await completeJob();

export {};
