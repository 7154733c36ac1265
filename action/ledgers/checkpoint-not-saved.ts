/** The checkpoint could not be saved; the message gives the reason, if it is known. */
export class CheckpointNotSaved extends Error {
	override readonly name = 'CheckpointNotSaved';
}
