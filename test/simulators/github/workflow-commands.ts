export interface Annotation {
	level: 'error' | 'warning' | 'notice';
	message: string;
	properties: Record<string, string>;
}

interface Command {
	name: string;
	properties: Record<string, string>;
	message: string;
}

const COMMANDS = [
	'add-mask',
	'add-matcher',
	'add-path',
	'debug',
	'echo',
	'endgroup',
	'error',
	'group',
	'notice',
	'remove-matcher',
	'save-state',
	'set-env',
	'set-output',
	'stop-commands',
	'warning',
];

/**
 * A step's log, read as the runner reads it: line by line, obeying workflow commands, hiding what
 * is masked by the time a line comes. The runner also hides encodings of a secret, such as
 * base64; this log does not, so a test that looks for a leak sees more.
 */
export class StepLog {
	readonly annotations: Annotation[] = [];
	/** What the step asked to mask. */
	readonly masks: string[] = [];
	/** Outputs set by the outdated command, which the runner still obeys. */
	readonly outputs: Record<string, string> = {};
	private readonly shown: string[] = [];
	private resumeToken: string | undefined;
	private inGroup = false;

	constructor(
		private readonly secrets: string[],
		private readonly showDebug: boolean,
	) {}

	get text(): string {
		return this.shown.join('\n');
	}

	/** Takes a line of stdout or stderr: the runner obeys commands in both. */
	write(line: string): void {
		const registered = this.resumeToken === undefined ? COMMANDS : [...COMMANDS, this.resumeToken];
		const command = parseCommand(line, registered);
		if (command && this.resumeToken === undefined) return this.obey(command, line);
		this.show(line);
		if (command && command.name === this.resumeToken?.toLowerCase()) this.resumeToken = undefined;
	}

	/** Shows an annotation of the step's or of the runner's own. */
	annotate(level: Annotation['level'], message: string, properties: Record<string, string> = {}) {
		this.annotations.push({ level, message: this.mask(message), properties });
		this.show(`${level.charAt(0).toUpperCase()}${level.slice(1)}: ${message}`);
	}

	private obey({ name, properties, message }: Command, line: string): void {
		switch (name) {
			case 'error':
			case 'warning':
			case 'notice':
				return this.annotate(name, message, properties);
			case 'debug':
				return this.showDebug ? this.show(`##[debug]${message}`) : undefined;
			case 'group':
				this.inGroup = false;
				this.show(`▼ ${message}`);
				this.inGroup = true;
				return;
			case 'endgroup':
				this.inGroup = false;
				return;
			case 'add-mask':
				return this.addMask(message);
			case 'stop-commands':
				this.resumeToken = message;
				return this.show(line);
			case 'set-output':
				this.outputs[properties.name ?? ''] = message;
				return this.annotate('warning', 'The `set-output` command is deprecated');
			case 'set-env':
			case 'add-path':
				return this.annotate('error', `The \`${name}\` command is disabled.`);
		}
	}

	private addMask(value: string): void {
		if (value.trim() === '') {
			return this.annotate('warning', "Can't add secret mask for empty string");
		}
		this.masks.push(value);
		this.secrets.push(value, ...value.split(/\r?\n/).filter((line) => line !== ''));
	}

	private show(line: string): void {
		this.shown.push(`${this.inGroup ? '  ' : ''}${this.mask(line)}`);
	}

	private mask(line: string): string {
		// A long secret first: it may contain a short one.
		const longestFirst = this.secrets.slice().sort((a, b) => b.length - a.length);
		return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, '***'), line);
	}
}

/** Splits a stream as the runner's line reader does: at `\n`, at `\r\n` and at a lone `\r`. */
export class LineSplitter {
	private pending = '';

	constructor(private readonly onLine: (line: string) => void) {}

	push(chunk: string): void {
		this.pending += chunk;
		// A final \r may be half of a \r\n.
		const lines = this.pending.split(/\r\n|\n|\r(?!$)/);
		this.pending = lines.pop() ?? '';
		lines.forEach(this.onLine);
	}

	end(): void {
		const last = this.pending.replace(/\r$/, '');
		if (last !== '') this.onLine(last);
	}
}

/** The two forms of a command, with the characters that arrive percent-encoded in each. */
const FORMS = [
	{ pattern: /^\s*::(.*?)::(.*)$/s, separator: ',', inProperty: '\r\n:,%', inMessage: '\r\n%' },
	// The older form is still obeyed, and anywhere in a line.
	{ pattern: /##\[(.*?)\](.*)$/s, separator: ';', inProperty: ';\r\n]%', inMessage: ';\r\n]%' },
];

function parseCommand(line: string, registered: string[]): Command | undefined {
	for (const { pattern, separator, inProperty, inMessage } of FORMS) {
		const [, info = '', message = ''] = pattern.exec(line) ?? [];
		const [, name = '', properties = ''] = /^([^ ]*) ?(.*)$/s.exec(info) ?? [];
		if (!registered.some((known) => known.toLowerCase() === name.toLowerCase())) continue;
		const pairs = properties
			.trim()
			.split(separator)
			.map((property) => /^([^=]+)=(.+)$/s.exec(property) ?? [])
			.filter(([pair]) => pair !== undefined)
			.map(([, key = '', value = '']) => [key, unescape(value, inProperty)] as const);
		return {
			name: name.toLowerCase(),
			properties: Object.fromEntries(pairs),
			message: unescape(message, inMessage),
		};
	}
	return undefined;
}

/** Decodes these characters only; the percent sign must come last. */
function unescape(value: string, characters: string): string {
	return [...characters].reduce((decoded, character) => {
		const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
		return decoded.replaceAll(`%${code}`, character);
	}, value);
}
