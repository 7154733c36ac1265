/** More is not kept for lines to come. In bytes. */
const MOST_KEPT = 8 * 1024 * 1024;

/** Memory for lines on their way to a file. It is used again: to get and to free it takes long. */
export class Lines {
	bytes = Buffer.alloc(0);

	/** Begins with other lines. */
	begin(room: number): void {
		const { length } = this.bytes;
		if (room > length || length > MOST_KEPT) this.bytes = Buffer.allocUnsafeSlow(room);
	}

	/** Makes room behind the lines that there are. */
	makeRoom(room: number, behind: number): void {
		const needed = behind + room;
		if (needed <= this.bytes.length) return;
		const { bytes } = this;
		this.bytes = Buffer.allocUnsafeSlow(Math.max(needed, 2 * behind));
		bytes.copy(this.bytes, 0, 0, behind);
	}
}
