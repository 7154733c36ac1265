import { describe, expect, it } from '@jest/globals';
import { parseProxy, proxyFor, secretsIn } from '../../../action/io/proxy-settings';

const API = 'https://api.anthropic.com/v1';
const proxyOf = (environment: Record<string, string>, url = API) =>
	proxyFor(new URL(url), environment)?.url.host;

describe('which variable counts', () => {
	it.each([
		[{}, undefined],
		[{ HTTPS_PROXY: 'upper:1' }, 'upper:1'],
		[{ HTTPS_PROXY: 'upper:1', https_proxy: 'lower:1' }, 'lower:1'],
		[{ HTTPS_PROXY: 'upper:1', https_proxy: '' }, 'upper:1'],
		[{ HTTPS_PROXY: 'upper:1', https_proxy: ' ' }, 'upper:1'],
		[{ HTTP_PROXY: 'plain:1' }, undefined],
		[{ ALL_PROXY: 'all:1' }, 'all:1'],
		[{ ALL_PROXY: 'all:1', all_proxy: 'lower:1', HTTPS_PROXY: 'own:1' }, 'own:1'],
	])('%j', (environment: Record<string, string>, proxy) => {
		expect(proxyOf(environment)).toBe(proxy);
	});

	it('is that of the scheme', () => {
		const environment = { HTTP_PROXY: 'plain:1', HTTPS_PROXY: 'secure:1' };
		expect(proxyOf(environment, 'http://example.com')).toBe('plain:1');
		expect(proxyOf(environment)).toBe('secure:1');
	});

	it('does not have to be readable when it does not', () => {
		expect(proxyOf({ ALL_PROXY: 'socks5://host', HTTPS_PROXY: 'own:1' })).toBe('own:1');
		expect(proxyOf({ HTTPS_PROXY: 'socks5://host', NO_PROXY: '*' })).toBeUndefined();
	});
});

describe('the address of a proxy', () => {
	it.each([
		['host:3128', 'http://host:3128/', undefined],
		[' http://host:3128 ', 'http://host:3128/', undefined],
		['HTTPS://host', 'https://host/', undefined],
		// curl uses 1080.
		['host', 'http://host/', undefined],
		['10.0.0.1:3128', 'http://10.0.0.1:3128/', undefined],
		['[::1]:3128', 'http://[::1]:3128/', undefined],
		['http://host:3128/path?query#fragment', 'http://host:3128/', undefined],
		['http://me@host:1', 'http://host:1/', 'me:'],
		['me:secret@host:1', 'http://host:1/', 'me:secret'],
		['http://me:100%@host:1', 'http://host:1/', 'me:100%'],
		['http://me:a%zz%20%41@host:1', 'http://host:1/', 'me:a%zz A'],
		['http://me:a%ff@host:1', 'http://host:1/', 'me:a%ff'],
		['http://me:p#a/s?s@w:d@host:1', 'http://host:1/', 'me:p#a/s?s@w:d'],
		['http://m%40e:%C3%A9%23é@host:1', 'http://host:1/', 'm@e:é#é'],
	])('%s', (value, url, login) => {
		const proxy = parseProxy('HTTPS_PROXY', value);
		expect(proxy.url.href).toBe(url);
		const sent = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
		expect(proxy.authorization).toBe(sent);
		// The libraries read it like this.
		const { username, password } = new URL(proxy.href);
		const read = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
		expect(read).toBe(login ?? ':');
	});

	it.each([
		'socks5://me:s3cret@host:1080',
		'socks5h://me:s3cret@host',
		'socks4://me:s3cret@host',
		'SOCKS4A://me:s3cret@host',
		'socks://me:s3cret@host',
		'ftp://me:s3cret@host',
		'http://me:s3cret@',
		'http://me:s3cret@host:99999',
		'http://me:s3cret@ho st',
		'http:me:s3cret:1',
		'http://me:s3cret@host\nhost',
	])('that cannot be used is an error that names the variable alone: %j', (value) => {
		const failure = () => proxyFor(new URL(API), { https_proxy: value });
		expect(failure).toThrow('The environment variable https_proxy ');
		expect(failure).not.toThrow(/s3cret|\bme\b/);
		expect(failure).toThrow(/^socks/i.test(value) ? /SOCKS/ : /cannot be read/);
	});

	it('tells every form of its password that could be shown', () => {
		const shown = [secretsIn('me:p%40s%@host'), secretsIn('socks5://me:p%40s%@host')];
		const login = Buffer.from('me:p@s%').toString('base64');
		for (const secrets of shown) expect(secrets).toEqual(['p%40s%', 'p@s%', 'p%40s%25', login]);
		expect(secretsIn('http://me@host')).toEqual([]);
	});
});

describe('NO_PROXY', () => {
	it.each([
		['*', 'https://example.com', true],
		// curl ignores such a list.
		['foo, *', 'https://example.com', true],
		['example.com', 'https://example.com', true],
		['example.com', 'https://EXAMPLE.com.', true],
		['example.com', 'https://sub.example.com', true],
		['example.com', 'https://badexample.com', false],
		['.example.com', 'https://sub.example.com', true],
		['.example.com', 'https://example.com', true],
		['*.example.com', 'https://sub.example.com', true],
		['.', 'https://example.com', false],
		['other, example.com\tlast', 'https://example.com', true],
		[' ,, ', 'https://example.com', false],
		['example.com:443', 'https://example.com', true],
		['example.com:8443', 'https://example.com', false],
		['example.com:8443', 'https://example.com:8443', true],
		['10.0.0.0/8', 'https://10.1.2.3', true],
		['10.0.0.0/8', 'https://11.1.2.3', false],
		['10.0.0.0/99', 'https://10.1.2.3', false],
		['10.0.0.0/x', 'https://10.0.0.0', false],
		['0.0.0.0/0', 'https://10.1.2.3', true],
		['10.1.2.3', 'https://10.1.2.3:8443', true],
		['10.1.2.3:443', 'https://10.1.2.3', true],
		['1.2.3', 'https://10.1.2.3', false],
		['10.0.0.0/8', 'https://ten.example.com', false],
		['::1', 'https://[::1]', true],
		['[::1]', 'https://[0:0::1]', true],
		['[::1]:8443', 'https://[::1]', false],
		['[::1]:8443', 'https://[::1]:8443', true],
		['fd00::/8', 'https://[fd12::1]', true],
		['[fd00::]/8', 'https://[fd12::1]', true],
		['fd00::/8', 'https://[fe80::1]', false],
		['fd00::/8', 'https://10.1.2.3', false],
	])('%j for %s', (NO_PROXY, url, exempt) => {
		expect(proxyOf({ HTTPS_PROXY: 'proxy:1', NO_PROXY }, url)).toBe(exempt ? undefined : 'proxy:1');
	});

	it('counts in lower case first', () => {
		const environment = { HTTPS_PROXY: 'proxy:1', no_proxy: 'other', NO_PROXY: '*' };
		expect(proxyOf(environment)).toBe('proxy:1');
	});
});
