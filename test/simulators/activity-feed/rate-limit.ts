import { formatTimestamp, microsOf } from './timestamp';
import type { Clock } from './clock';

const WINDOW = 60_000;

/** The minute's budget of requests that all keys share. The minute begins with its first request. */
export class RateLimit {
	private opened = -Infinity;
	private used = 0;

	constructor(
		private readonly perMinute: number,
		private readonly clock: Clock,
	) {}

	/** Takes one request from the budget; false if nothing is left. */
	take(): boolean {
		if (this.clock.now() >= this.opened + WINDOW) {
			this.opened = this.clock.now();
			this.used = 0;
		}
		if (this.used >= this.perMinute) return false;
		this.used++;
		return true;
	}

	/** Whole seconds until the next minute begins. */
	retryAfter(): number {
		return Math.ceil((this.opened + WINDOW - this.clock.now()) / 1000);
	}

	headers(): Record<string, string> {
		if (this.perMinute === Infinity) return {};
		return {
			'anthropic-ratelimit-requests-limit': String(this.perMinute),
			'anthropic-ratelimit-requests-remaining': String(this.perMinute - this.used),
			'anthropic-ratelimit-requests-reset': formatTimestamp(microsOf(this.opened + WINDOW)),
		};
	}
}
