import path from 'node:path';
import { filesIn, type Inputs, linesOf, type Options, type Theatre } from './harness';

/** The checkpoint is a file, because the workspace outlives the runs. */
export const SELF_HOSTED: Inputs = { checkpoint: 'file' };

/** A feed, and a self-hosted runner whose runs share a workspace. */
export async function openSelfHosted(theatre: Theatre) {
	const scene = await theatre.scene({ recordReads: false });
	const workspace = theatre.workspace();
	const directory = path.join(workspace, 'compliance-activities');
	return {
		scene,
		workspace,
		directory,
		checkpoint: path.join(workspace, '.compliance-checkpoint', 'checkpoint.json'),
		written: () => linesOf(filesIn(directory)),
		succeed: (more: Inputs = {}) => scene.succeed({ ...SELF_HOSTED, ...more }, { workspace }),
		fail: () => scene.fail(SELF_HOSTED, { workspace }),
		kill: (options: Options, more: Inputs = {}) =>
			scene.run({ ...SELF_HOSTED, ...more }, { workspace, ...options }),
	};
}
