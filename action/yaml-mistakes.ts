import { type Document, isAlias, isCollection, isMap, isNode, isScalar, visit } from 'yaml';

/** Something that its author cannot have meant. */
export interface Mistake {
	/** Its place in the text. */
	readonly at: number;
	readonly message: string;
}

/**
 * What is no YAML, and what would become something else than its author sees: tags and aliases that
 * nothing explains, another version of YAML, numbers in another form, and a name that comes twice.
 *
 * @param document parsed with `uniqueKeys: false`: the parser compares each name with each other one
 * @param text what it was parsed from
 */
export function mistakesIn(document: Document.Parsed, text: string): Mistake[] {
	const mistakes: Mistake[] = [...document.errors, ...document.warnings].map(
		({ pos: [at], message }) => ({ at, message: message.replace(/\.?$/, '.') }),
	);
	const complain = (node: { range?: readonly number[] | null }, message: string) =>
		mistakes.push({ at: node.range?.[0] ?? 0, message });
	const { version } = document.directives.yaml;
	if (version !== '1.2') {
		const message = `This must be YAML 1.2, without %YAML ${version}.`;
		mistakes.push({ at: Math.max(text.search(/^%YAML/m), 0), message });
	}
	const anchors = new Set<string>();
	visit(document, (_, node) => {
		if (isAlias(node) && !anchors.has(node.source)) {
			complain(node, `The alias *${node.source} has no anchor &${node.source} before it.`);
		}
		if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) {
			anchors.add(node.anchor);
		}
		if (isScalar(node) && typeof node.value === 'number' && String(node.value) !== node.source) {
			complain(node, `This would be the number ${node.value}. Write it so, or in quotation marks.`);
		}
		if (isMap(node)) {
			const names = new Set<unknown>();
			for (const { key } of node.items) {
				if (!isScalar(key)) {
					complain(isNode(key) ? key : node, 'The name of a field must be a text, and no alias.');
					continue;
				}
				if (names.has(key.value)) complain(key, `The field ${String(key.value)} comes twice.`);
				if (key.value === '<<') complain(key, 'YAML 1.2 has no <<. Repeat the fields.');
				names.add(key.value);
			}
		}
	});
	return mistakes.sort((one, other) => one.at - other.at);
}
