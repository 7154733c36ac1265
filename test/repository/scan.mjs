/**
 * Scans packages the way n8n does before it verifies one. Each message asks for one scan, and each answer
 * is its result.
 *
 * It is a process apart from the tests, because the scanner brings an ESLint and Node's own module loader
 * along. It is one for all scans, because these take a second or two to load.
 */
import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

process.on('message', async ({ folder, patterns = SOURCE_FILE_PATTERNS }) => {
	const { passed, message = '', details = '' } = await analyzePackage(folder, patterns);
	process.send({ passed, report: `${message}\n${details}`.trim() });
});
