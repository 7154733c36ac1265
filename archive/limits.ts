import { MAX_BODY_BYTES } from '../core';

/**
 * A part takes no more lines when it has grown so large, in bytes. GitHub warns at 50 MB, and each run
 * sends the whole of a file that it appends to.
 */
export const MAX_PART_BYTES = 8 * 1024 * 1024;

/**
 * No part is larger, in bytes: the last line begins before it is full, and is no longer than an answer
 * of the API can be.
 */
export const MAX_PART_SIZE = MAX_PART_BYTES + MAX_BODY_BYTES;

/** No part has more lines: the shortest JSON has a byte, and its end takes another. */
export const MAX_PART_LINES = MAX_PART_BYTES / 2 + 1;

/**
 * Manifests and the head are no larger, in bytes. A file may have 100 MB on GitHub, but its API refuses
 * requests of more than some 50 MB, and base64 makes four bytes of three.
 */
export const MAX_FILE_BYTES = 35 * 1024 * 1024;
