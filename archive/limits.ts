import { MAX_BODY_BYTES } from '../core';

/**
 * A part of this size, in bytes, gets no more lines. GitHub warns at 50 MB, and each commit sends the
 * complete part again.
 */
export const FULL_PART_BYTES = 8 * 1024 * 1024;

/**
 * The largest possible part, in bytes. Its last line begins before the part is full, and is no longer
 * than an answer of the API.
 */
export const MAX_PART_SIZE = FULL_PART_BYTES + MAX_BODY_BYTES;

/** The most lines that a part can have: the shortest line is a byte of JSON and a newline. */
export const MAX_PART_LINES = FULL_PART_BYTES / 2 + 1;

/**
 * The largest manifest or head, in bytes. GitHub's API refuses requests above about 50 MB, and base64
 * makes four bytes of three.
 */
export const MAX_FILE_BYTES = 35 * 1024 * 1024;
