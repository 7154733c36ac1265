import { expect, test } from '@jest/globals';
import { toInstant } from '../../../core';
import { product } from '../../../core/product';
import packageJson from '../../../package.json';
import { Bench, MINUTE, NO_FILTERS, PRESENT } from '../harness';

const QUERY = {
	filters: NO_FILTERS,
	order: 'asc',
	from: toInstant(PRESENT - 60 * MINUTE),
	limit: 100,
} as const;

test('a request contains version, product, every bound and every filter', async () => {
	const bench = new Bench();
	bench.happened(MINUTE, { organization_id: 'org_x' });
	await bench.feed.page({
		...QUERY,
		to: toInstant(PRESENT),
		filters: {
			organizationIds: ['org_x'],
			activityTypes: ['claude_chat_created', 'claude_chat_viewed'],
			excludeActivityTypes: [],
			userIds: ['user_1'],
		},
	});
	const [request] = bench.simulated.requests;
	const asked = bench.asked[0];
	expect(request?.headers).toMatchObject({
		'anthropic-version': '2023-06-01',
		'user-agent': `n8n-nodes-anthropic-compliance/${packageJson.version}`,
	});
	expect(product.name).toBe(packageJson.name);
	expect([...(asked ?? [])]).toEqual([
		['order', 'asc'],
		['limit', '100'],
		['created_at.gte', '2026-03-01T11:00:00.000Z'],
		['created_at.lte', '2026-03-01T12:00:00.000Z'],
		['organization_ids[]', 'org_x'],
		['activity_types[]', 'claude_chat_created'],
		['activity_types[]', 'claude_chat_viewed'],
		['user_ids[]', 'user_1'],
	]);
});
