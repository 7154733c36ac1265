/**
 * Takes the pictures in docs/images: the job summary, and the nodes in a real n8n. The
 * argument `job-summary` or `n8n-panels` takes only those. Needs Chromium (the environment variable
 * CHROMIUM, or else `chromium`), pngquant, and the packages that CONTRIBUTING.md lists for
 * `npm install --no-save`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { takeJobSummary } from './screenshots/job-summary.mjs';
import { takeN8nPanels } from './screenshots/n8n-panels.mjs';

const subjects = { 'job-summary': takeJobSummary, 'n8n-panels': takeN8nPanels };

const [, , only] = process.argv;
if (only !== undefined && !Object.hasOwn(subjects, only)) {
	throw new Error(`There is no picture of ${only}, only of ${Object.keys(subjects).join(', ')}.`);
}
mkdirSync('docs/images', { recursive: true });
const browser = await puppeteer.launch({
	executablePath: execFileSync('which', [process.env.CHROMIUM ?? 'chromium'], {
		encoding: 'utf8',
	}).trim(),
	args: ['--no-sandbox'],
});
try {
	for (const [subject, take] of Object.entries(subjects)) {
		if (only === undefined || only === subject) await take(browser);
	}
} finally {
	await browser.close();
}
