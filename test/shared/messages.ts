import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

/** Messages go at once. Otherwise many wait 40 ms, until the other side acknowledges the ones before. */
export const SOCKET = { noDelay: true };

const LENGTH_BYTES = 4;

/** Sends a message, which may hold anything that can be cloned. */
export function send(socket: Socket, message: object): void {
	const bytes = serialize(message);
	const length = Buffer.alloc(LENGTH_BYTES);
	length.writeUInt32BE(bytes.length);
	socket.write(Buffer.concat([length, bytes]));
}

/** Calls back with each message that arrives. */
export function receive<Message>(socket: Socket, hear: (message: Message) => void): void {
	let data = Buffer.alloc(0);
	socket.on('data', (chunk: Buffer) => {
		data = Buffer.concat([data, chunk]);
		while (data.length >= LENGTH_BYTES) {
			const end = LENGTH_BYTES + data.readUInt32BE();
			if (data.length < end) return;
			const message = deserialize(data.subarray(LENGTH_BYTES, end)) as Message;
			data = data.subarray(end);
			hear(message);
		}
	});
}
