import { BlockList, isIP } from 'node:net';
import { UserError } from '../../core';

/** A proxy that an environment variable names. */
export interface Proxy {
	/** The name of the variable. */
	readonly variable: string;
	/** Without user and password, so that nothing can show them. */
	readonly url: URL;
	/** The address with user and password, percent-encoded. */
	readonly href: string;
	/** The value of the header `Proxy-Authorization`. */
	readonly authorization: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/** The names of all variables that name a proxy. */
export const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap(bothCases);

/**
 * The proxy that the environment names for an address. The rules are curl's: `http_proxy`,
 * `https_proxy`, `all_proxy` and `no_proxy`, in lower case or else in upper case. Where GitHub's own
 * libraries or Node differ from curl, their rules apply, because all use the same environment:
 *
 * - A proxy without a port uses the port of its scheme, not 1080.
 * - HTTP_PROXY counts in upper case too.
 * - An entry of `no_proxy` may be `*` beside others, name a port, or begin with `*.`.
 *
 * @throws UserError for a value that cannot be used; it names the variable, never the value
 */
export function proxyFor(url: URL, environment: Environment): Proxy | undefined {
	const names = [`${url.protocol.slice(0, -1)}_proxy`, 'all_proxy'].flatMap(bothCases);
	const name = names.find((each) => environment[each]?.trim());
	if (name === undefined || isExempt(url, environment)) return undefined;
	return parseProxy(name, environment[name] ?? '');
}

/** The two names of a variable. The first one takes precedence. */
function bothCases(name: string): string[] {
	return [name, name.toUpperCase()];
}

/** The parts of an address. A password may contain @ and /, so the last @ counts. */
const PARTS =
	/^(?:(?<scheme>[a-z][a-z\d+.-]*):\/\/)?(?:(?<user>[^:]*?)(?::(?<password>.*))?@)?(?<host>[^@]*)$/i;

/**
 * Reads the value of a variable that names a proxy. The default scheme is http. Characters in a password
 * that should be percent-encoded, but are not, are taken literally.
 *
 * @param name of the variable
 * @throws UserError as `proxyFor` does
 */
export function parseProxy(name: string, value: string): Proxy {
	const {
		scheme = 'http',
		user,
		password = '',
		host = '',
	} = PARTS.exec(value.trim())?.groups ?? {};
	if (/^socks/i.test(scheme)) {
		throw unusableProxy(name, 'names a SOCKS proxy, which is not supported');
	}
	const address = `${scheme.toLowerCase()}://${host}`;
	// A URL silently drops line breaks.
	if (!/^https?$/i.test(scheme) || /\s/.test(host) || !URL.canParse(address)) {
		throw unusableProxy(name, 'cannot be read as the address of a proxy');
	}
	const { origin } = new URL(address);
	const url = new URL(origin);
	if (user === undefined) return { variable: name, url, href: url.href, authorization: undefined };
	const login = [decode(user), decode(password)];
	const href = url.href.replace('//', `//${login.map(encodeURIComponent).join(':')}@`);
	return { variable: name, url, href, authorization: basic(login.join(':')) };
}

/** The secrets in a variable that names a proxy, in each form that might appear in a log. */
export function secretsIn(value: string): string[] {
	const { user = '', password } = PARTS.exec(value.trim())?.groups ?? {};
	if (!password) return [];
	const decoded = decode(password);
	const credentials = basic(`${decode(user)}:${decoded}`).replace('Basic ', '');
	return [...new Set([password, decoded, encodeURIComponent(decoded), credentials])];
}

function basic(login: string): string {
	return `Basic ${Buffer.from(login).toString('base64')}`;
}

/** Decodes percent-encoding, and keeps what only looks like it. */
function decode(text = ''): string {
	return text.replace(/(%[\da-f]{2})+/gi, (encoded) => {
		try {
			return decodeURIComponent(encoded);
		} catch {
			return encoded;
		}
	});
}

function unusableProxy(name: string, what: string): UserError {
	return new UserError('invalid-setting', `The environment variable ${name} ${what}.`, {
		remedy:
			'Write it as http://host:port or https://host:port, with user:password@ before the host if the proxy asks for it. List the hosts that are reached without it in NO_PROXY.',
	});
}

/** Whether `no_proxy` names the host, a domain that it is in, or a network that it is in. */
function isExempt({ protocol, hostname, port }: URL, environment: Environment): boolean {
	const list =
		bothCases('no_proxy')
			.map((name) => environment[name]?.trim())
			.find(Boolean) ?? '';
	const host = bare(hostname);
	const ownPort = Number(port) || DEFAULT_PORTS[protocol];
	return list
		.split(/[\s,]+/)
		.filter(Boolean)
		.some((entry) => {
			const { name = entry, port: only } =
				/^(?<name>\[.*\]|[^:]*)(?::(?<port>\d+))?$/.exec(entry)?.groups ?? {};
			if (only !== undefined && Number(only) !== ownPort) return false;
			return isIP(host) ? holdsAddress(name, host) : isWithin(host, bare(name));
		});
}

/** Whether a host is a domain or within it: `example.com`, `.example.com`, `*.example.com`, `*`. */
function isWithin(host: string, domain: string): boolean {
	if (domain.startsWith('*')) return host.endsWith(domain.slice(1));
	const name = domain.replace(/^\./, '');
	return name !== '' && (host === name || host.endsWith(`.${name}`));
}

/** Whether an address equals an entry or is in its network: `10.1.2.3`, `10.0.0.0/8`, `::1`, `[fd00::]/8`, `*`. */
function holdsAddress(entry: string, address: string): boolean {
	if (entry === '*') return true;
	const [network = '', bits] = entry.replace(/[[\]]/g, '').split('/');
	const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
	const longest = family === 'ipv6' ? 128 : 32;
	const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
	if (!isIP(network) || !(prefix <= longest)) return false;
	const block = new BlockList();
	block.addSubnet(network, prefix, family);
	return block.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** A host's name in lower case, without the brackets of an address and without a trailing dot. */
function bare(name: string): string {
	return name
		.toLowerCase()
		.replace(/^\[(.*)\]$/, '$1')
		.replace(/\.$/, '');
}
