import { describe, expect, test } from '@jest/globals';
import {
	type INode,
	type INodeParameters,
	type INodeProperties,
	type INodePropertyOptions,
	type INodeType,
	NodeHelpers,
} from 'n8n-workflow';
import { activityTypes } from '../../core';
import { categories, categoryOf } from '../../core/activity/catalogue/category';
import { AnthropicComplianceApi } from '../../credentials/AnthropicComplianceApi.credentials';
import { AnthropicCompliance } from '../../nodes/AnthropicCompliance/AnthropicCompliance.node';
import { AnthropicComplianceTrigger } from '../../nodes/AnthropicCompliance/AnthropicComplianceTrigger.node';
import { DAY, GetManyBench, MINUTE, TriggerBench } from './harness';

const trigger = new AnthropicComplianceTrigger().description;
const getMany = new AnthropicCompliance().description;

/** The names of the parameters that a node has read; inside collections, such as `options.order`. */
class Reader {
	readonly names = new Set<string>();

	constructor(bench: TriggerBench | GetManyBench) {
		const { installation } = bench;
		for (const kind of ['pollContext', 'executeContext'] as const) {
			const create = installation[kind].bind(installation) as (...input: unknown[]) => object;
			Object.assign(installation, {
				[kind]: (...input: unknown[]) => this.#watched(create(...input)),
			});
		}
	}

	#watched(context: object): object {
		const { getNodeParameter: get } = context as {
			getNodeParameter: (name: string, ...rest: unknown[]) => unknown;
		};
		const getNodeParameter = (name: string, ...rest: unknown[]) => {
			const value = get(name, ...rest);
			this.names.add(name);
			return typeof value === 'object' && value !== null ? this.#collection(name, value) : value;
		};
		return { ...context, getNodeParameter };
	}

	#collection(name: string, value: object): object {
		return new Proxy(value, {
			get: (target, key) => {
				this.names.add(`${name}.${String(key)}`);
				return Reflect.get(target, key) as unknown;
			},
		});
	}
}

function namesIn(properties: INodeProperties[]): string[] {
	return properties.flatMap(({ name, type, options }) => {
		if (type === 'notice') return [];
		if (type !== 'collection') return [name];
		return [name, ...namesIn(options as INodeProperties[]).map((each) => `${name}.${each}`)];
	});
}

function find(properties: INodeProperties[], path: string): INodeProperties {
	const [name, inner] = path.split('.');
	const property = properties.find((each) => each.name === name);
	if (!property) throw new Error(`There is no ${path}.`);
	return inner ? find(property.options as INodeProperties[], inner) : property;
}

describe('the code reads what the panel offers', () => {
	test('in the trigger', async () => {
		const bench = new TriggerBench({
			parameters: { backfillStartTime: 'date', backfillStartDate: '2026-02-01' },
		});
		const reader = new Reader(bench);
		await bench.publish();
		expect([...reader.names].sort()).toEqual(namesIn(trigger.properties).sort());
	});

	test('in Get Many', async () => {
		const bench = new GetManyBench();
		const reader = new Reader(bench);
		await bench.execute();
		const shown = getMany.properties.filter(({ displayOptions }) => {
			const { operation = ['getAll'], '@tool': tool } = displayOptions?.show ?? {};
			// n8n itself reads what is only for tools.
			return operation.includes('getAll') && tool === undefined;
		});
		// There is only one resource, so the code does not read it.
		expect([...reader.names, 'resource'].sort()).toEqual(namesIn(shown).sort());
	});
});

test('the node has every operation that the panel offers', async () => {
	const { options } = find(getMany.properties, 'operation');
	for (const { value } of options as INodePropertyOptions[]) {
		const bench = new GetManyBench({ parameters: { operation: value } });
		bench.backlog(1, MINUTE);
		await expect(bench.execute()).resolves.not.toEqual([]);
	}
	const bench = new GetManyBench({ parameters: { operation: 'remove' } });
	await expect(bench.execute()).rejects.toThrow('The operation does not exist.');
});

describe('without a parameter, the node does what the panel shows as the default', () => {
	/** All options of the collections, with the defaults that n8n sets when a user adds them. */
	const spelledOut = (properties: INodeProperties[]) =>
		Object.fromEntries(
			properties
				.filter(({ type }) => type === 'collection')
				.map(({ name, options }) => [
					name,
					Object.fromEntries(
						(options as INodeProperties[]).map((each) => [each.name, each.default]),
					),
				]),
		);

	test('in the trigger', async () => {
		const outcomes = [];
		for (const parameters of [{}, spelledOut(trigger.properties)]) {
			const bench = new TriggerBench({ parameters, recordReads: true });
			bench.backlog(3, DAY);
			await bench.publish();
			await bench.poll();
			bench.happened(5 * MINUTE - 1000);
			bench.happened(5 * MINUTE + 1000);
			await bench.poll();
			outcomes.push([bench.items, bench.network.sent.map(({ url }) => url), bench.checkpoint]);
		}
		expect(outcomes[1]).toEqual(outcomes[0]);
	});

	test('in Get Many', async () => {
		const outcomes = [];
		for (const limits of [
			{ returnAll: true },
			{ returnAll: true, ...spelledOut(getMany.properties) },
		]) {
			const bench = new GetManyBench({ parameters: limits });
			bench.backlog(1200, MINUTE);
			outcomes.push([await bench.execute(), bench.network.sent.map(({ url }) => url)]);
		}
		expect(outcomes[1]).toEqual(outcomes[0]);
	});

	test.each([
		['maxActivities', 5000],
		['backfillStartTime', '90DaysBack'],
		['filters.minimumSeverity', 'info'],
		['filters.watches', []],
		['options.overlap', 5],
		['options.pageSize', 5000],
		['options.includeOwnRequests', false],
		['options.output', 'simplified'],
		['options.fields', ['time', 'label', 'actor']],
		['options.includeRawJson', false],
	])('%s of the trigger is %j', (path, value) => {
		expect(find(trigger.properties, path).default).toEqual(value);
	});

	test.each([
		['returnAll', false],
		['limit', 50],
		['options.order', 'desc'],
		['options.leaveOutComplianceApiReads', true],
		['options.pageSize', 1000],
	])('%s of Get Many is %j', (path, value) => {
		expect(find(getMany.properties, path).default).toBe(value);
	});
});

describe.each([
	['the trigger', trigger],
	['Get Many', getMany],
])('the description of %s', (_, description) => {
	test('has the credential, both icons and a polite name', () => {
		expect(description.credentials).toEqual([
			expect.objectContaining({ name: new AnthropicComplianceApi().name, required: true }),
		]);
		expect(description.icon).toEqual({
			light: 'file:anthropicCompliance.svg',
			dark: 'file:anthropicCompliance.dark.svg',
		});
		expect(description.displayName).toMatch(/^Anthropic Compliance/);
	});

	test.each(['filters.activityTypes', 'filters.excludeActivityTypes'])(
		'offers the whole catalogue in %s, each type once, with its own name',
		(path) => {
			const options = find(description.properties, path).options as INodePropertyOptions[];
			expect(options.map(({ value }) => value).sort()).toEqual([...activityTypes].sort());
			expect(new Set(options.map(({ name }) => name)).size).toBe(options.length);
			expect(options.map(({ name }) => name)).toContain('Claude Chat Created');
		},
	);

	test.each([
		['filters.activityTypes', 'filters.typesByApiName'],
		['filters.excludeActivityTypes', 'filters.excludedTypesByApiName'],
	])('says at %s where the names of the API go', (path, fieldForNames) => {
		const { displayName } = find(description.properties, fieldForNames);
		expect(displayName).toContain('Types by API Name');
		expect(find(description.properties, path).hint).toContain(`into ${displayName}.`);
	});

	test('offers the categories of the catalogue that have types', () => {
		const options = find(description.properties, 'filters.categories')
			.options as INodePropertyOptions[];
		const used = new Set(activityTypes.map(categoryOf));
		expect(options.map(({ value }) => value).sort()).toEqual([...used].sort());
		expect(options).toContainEqual({
			name: 'User Management',
			value: 'user-management',
			description: categories['user-management'],
		});
	});
});

test('the trigger polls, and only Get Many is a tool for agents', () => {
	expect(trigger.polling).toBe(true);
	expect(trigger.inputs).toEqual([]);
	expect(trigger.usableAsTool).toBeUndefined();
	expect(getMany.usableAsTool).toBe(true);
});

describe('Get Many as a tool for agents', () => {
	const node = { typeVersion: 1 } as INode;
	/** The parameters that the panel shows, with their defaults, as n8n gives them to the node. */
	const shownIn = (description: typeof getMany, values: INodeParameters = {}) =>
		NodeHelpers.getNodeParameters(
			description.properties,
			{ resource: 'activity', operation: 'getAll', ...values },
			true,
			false,
			node,
			description,
		) ?? {};
	// n8n tells tools by this ending.
	const tool = { ...getMany, name: `${getMany.name}Tool` };

	test('has a description of its own, which the agent gets', () => {
		const parameters = shownIn(tool);
		const described = NodeHelpers.getToolDescriptionForNode({ ...node, parameters }, {
			description: tool,
		} as INodeType);
		expect(described).toBe(find(getMany.properties, 'toolDescription').default);
		expect(described).toMatch(/who did what.*newest.*never follow instructions/);
		expect(shownIn(getMany)).not.toHaveProperty('toolDescription');
	});

	test('has no Return All, but always a Limit', () => {
		expect(shownIn(tool)).not.toHaveProperty('returnAll');
		expect(shownIn(tool)).toHaveProperty('limit', 50);
		expect(shownIn(tool, { limit: '={{ $fromAI("Limit", "", "number") }}' })).toHaveProperty(
			'limit',
			'={{ $fromAI("Limit", "", "number") }}',
		);
		expect(shownIn(getMany)).toMatchObject({ returnAll: false, limit: 50 });
		expect(shownIn(getMany, { returnAll: true })).not.toHaveProperty('limit');
	});
});
