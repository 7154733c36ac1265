import { MINUTE, type Scene } from './harness';

/** Runs deliver only what the test adds. */
export const quiet = { recordReads: false };

export const messagesOf = ({
	annotations,
}: {
	annotations: readonly { level: string; message: string }[];
}) => annotations.map(({ level, message }) => `${level}: ${message}`);

/** Adds an activity, and advances the clock by a minute. */
export function passed(scene: Scene) {
	const row = scene.happened(0);
	scene.clock.advance(MINUTE);
	return row.json;
}
