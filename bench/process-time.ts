import { readFileSync } from 'node:fs';

/** What the kernel counts in, on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * The CPU time that a process has taken so far, user and system, all threads, in milliseconds. From
 * /proc/PID/stat, in steps of 10 ms: fields 14 and 15, counted behind the name, which may hold spaces.
 */
export function cpuTimeOf(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
