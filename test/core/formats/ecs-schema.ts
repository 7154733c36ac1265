import { isIP } from 'node:net';
import { EcsFlat } from '@elastic/ecs';

interface Field {
	type: string;
	/** Of an object whose keys are free, the type of their values. */
	object_type?: string;
	normalize: readonly string[];
	allowed_values?: readonly { name: string; expected_event_types?: readonly string[] }[];
}

const fields = EcsFlat as unknown as Record<string, Field | undefined>;

/** Everything in which a document differs from Elastic's schema. What is under `anthropic.audit` is free. */
export function ecsErrors(document: Record<string, unknown>): string[] {
	const errors: string[] = [];
	for (const required of ['@timestamp', 'ecs', 'event']) {
		if (!(required in document)) errors.push(`${required} is missing`);
	}
	for (const [path, value] of leaves(document, '')) {
		const field = fields[path] ?? keyOf(path);
		if (field === undefined) errors.push(`${path} is no field of ECS`);
		else if (Array.isArray(value) !== field.normalize.includes('array'))
			errors.push(`${path}: list`);
		else for (const one of [value].flat()) errors.push(...valueErrors(path, field, one));
	}
	const { category, type } = document.event as { category: string[]; type: string[] };
	const expected = fields['event.category']!.allowed_values!.filter(({ name }) =>
		category.includes(name),
	).flatMap(({ expected_event_types }) => expected_event_types ?? []);
	for (const one of type) {
		if (category.length > 0 && !expected.includes(one)) {
			errors.push(`event.type ${one} is not expected of ${category.join()}`);
		}
	}
	return errors;
}

/** A key of a field such as `labels`, whose keys are free. */
function keyOf(path: string): Field | undefined {
	const parent = fields[path.slice(0, path.lastIndexOf('.'))];
	return parent?.type === 'object' && parent.object_type === 'keyword'
		? { type: 'keyword', normalize: [] }
		: undefined;
}

function* leaves(value: object, path: string): Generator<[path: string, value: unknown]> {
	for (const [name, content] of Object.entries(value)) {
		const place = path === '' ? name : `${path}.${name}`;
		if (place === 'anthropic') continue;
		const isNested = typeof content === 'object' && content !== null && !Array.isArray(content);
		if (isNested) yield* leaves(content as object, place);
		else yield [place, content];
	}
}

function valueErrors(path: string, { type, allowed_values }: Field, value: unknown): string[] {
	const allowed = allowed_values?.map(({ name }) => name);
	const isAllowed = allowed === undefined || allowed.includes(value as string);
	return isOfType(value, type) && isAllowed ? [] : [`${path}: ${JSON.stringify(value)}`];
}

function isOfType(value: unknown, type: string): boolean {
	if (type === 'long') return Number.isSafeInteger(value);
	if (typeof value !== 'string' || value === '') return false;
	if (type === 'ip') return isIP(value) !== 0 && !value.includes('%');
	if (type === 'date') return !Number.isNaN(Date.parse(value));
	return ['keyword', 'constant_keyword', 'wildcard', 'match_only_text'].includes(type);
}
