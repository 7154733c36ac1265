/**
 * Several main processes take a license of n8n. What happens to one of them when the leadership changes
 * does not: loaded into the only main, this makes it a follower at a SIGUSR2, and the leader again at the
 * next, by the methods that n8n itself calls after an election.
 */
import { createRequire } from 'node:module';

let setup;

function multiMainSetup() {
	// The script that Node runs is n8n's.
	const fromN8n = createRequire(process.argv[1]);
	const { Container } = fromN8n('@n8n/di');
	const { MultiMainSetup } = fromN8n('../dist/scaling/multi-main-setup.ee');
	const created = Container.get(MultiMainSetup);
	created.registerEventHandlers();
	return created;
}

process.on('SIGUSR2', () => {
	setup ??= multiMainSetup();
	if (setup.instanceSettings.isLeader) setup.stepDownToFollower();
	else setup.takeOverAsLeader();
});
