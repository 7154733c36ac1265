/**
 * Scans a package the way n8n does before it verifies one, and prints the result.
 *
 * Apart from the tests, because the scanner brings an ESLint and Node's own module loader along.
 * Usage: node scan.mjs <folder> <pattern>… ; without a pattern, those for a checkout.
 */
import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

const [folder, ...patterns] = process.argv.slice(2);
const {
	passed,
	message = '',
	details = '',
} = await analyzePackage(folder, patterns.length > 0 ? patterns : SOURCE_FILE_PATTERNS);
console.log(JSON.stringify({ passed, report: `${message}\n${details}`.trim() }));
