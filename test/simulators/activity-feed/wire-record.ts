/** An activity's fields in the API's order: `actor`, the others by name, `organization_uuid`. */
export function wireRecord(fields: Record<string, unknown>): Record<string, unknown> {
	const { actor, organization_uuid, ...others } = fields;
	const record: Record<string, unknown> = { actor };
	for (const name of Object.keys(others).sort()) record[name] = others[name];
	record.organization_uuid = organization_uuid;
	return record;
}
