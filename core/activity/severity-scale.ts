/** How much an activity or an alert matters, from the least to the greatest. */
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof severities)[number];

export function isAtLeast(severity: Severity, least: Severity): boolean {
	return severities.indexOf(severity) >= severities.indexOf(least);
}
