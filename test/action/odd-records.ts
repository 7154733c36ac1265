/**
 * Records of a feed without a documented id or `created_at`, by what is odd about each. Their text is
 * such that it changes if a reader parses and re-encodes them.
 *
 * @param time the value of `created_at`, where it is readable
 */
export function oddRecords(time: string): Record<string, string> {
	const [date = '', clock = ''] = time.replace('Z', '').split('T');
	const rest = '"n":1.0,"s":"\\u0041\\/"';
	return {
		'no created_at': `{"id":"activity_a",${rest}}`,
		'created_at null': `{"id":"activity_b","created_at":null,${rest}}`,
		'created_at without an offset': `{"id":"activity_c","created_at":"${date}T${clock}",${rest}}`,
		'created_at with +0000': `{"id":"activity_d","created_at":"${date}T${clock}+0000",${rest}}`,
		'created_at with a blank': `{"id":"activity_e","created_at":"${date} ${clock}Z",${rest}}`,
		'created_at of 1999': `{"id":"activity_f","created_at":"1999-12-31T${clock}Z",${rest}}`,
		'created_at of 9999': `{"id":"activity_g","created_at":"9999-01-01T${clock}Z",${rest}}`,
		'created_at of 10000': `{"id":"activity_h","created_at":"+010000-01-01T${clock}Z",${rest}}`,
		'created_at before year 0': `{"id":"activity_i","created_at":"-000001-01-01T${clock}Z",${rest}}`,
		'a numeric id': `{"id":12345678901234567890123,"created_at":"${time}",${rest}}`,
		'no id': `{"created_at":"${time}",${rest}}`,
		'no object': '"text"',
	};
}
