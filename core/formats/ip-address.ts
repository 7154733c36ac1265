const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `${BYTE}(?:\\.${BYTE}){3}`;
const V4 = new RegExp(`^${IPV4}$`);
const V4_AT_END = new RegExp(`^(.*:)${IPV4}$`);
const GROUP = /^[\da-f]{1,4}$/i;

/** Whether a text is an IPv4 address in four numbers, or an IPv6 address without a zone. */
export function isIpAddress(text: string): boolean {
	return V4.test(text) || (text.includes(':') && isIpv6(text));
}

function isIpv6(text: string): boolean {
	// An IPv4 address at the end stands for two groups.
	const hexadecimal = text.replace(V4_AT_END, (_, head: string) => `${head}0:0`);
	const halves = hexadecimal.split('::');
	if (halves.length > 2) return false;
	const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
	if (!groups.every((group) => GROUP.test(group))) return false;
	return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}
