import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Company } from '../../test/demo/company';
import { ENTRY } from '../../test/demo/entry';
import { ACCESS_KEY } from '../../test/simulators/activity-feed/keys';
import { startActivityFeed } from '../../test/simulators/activity-feed/server';
import { startGitHub } from '../../test/simulators/github/github';
import { runAction } from '../../test/simulators/github/runner';
import { savePicture } from './picture.mjs';

const WIDTH = 900;
/** High enough for alerts, facts, the chart and the most frequent types. */
const HEIGHT = 1330;

/** How GitHub shows Markdown, in its light theme. */
const STYLE = `
	body { margin: 0; padding: 20px 24px; background: #fff; color: #1f2328;
		font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", "Liberation Sans", Helvetica, Arial, sans-serif; }
	h2, h3 { margin: 24px 0 16px; font-weight: 600; line-height: 1.25; }
	h2 { margin-top: 0; padding-bottom: .3em; border-bottom: 1px solid #d1d9e0; font-size: 1.5em; }
	h3 { font-size: 1.25em; }
	p, table, details, .mermaid { margin: 0 0 16px; }
	a { color: #0969da; }
	code { padding: .2em .4em; border-radius: 6px; background: #818b981f;
		font: 85% ui-monospace, "Liberation Mono", Menlo, monospace; overflow-wrap: anywhere; }
	table { border-collapse: collapse; }
	th, td { padding: 6px 13px; border: 1px solid #d1d9e0; }
	th:empty { padding: 0 13px; height: 0; }
	td:first-child { white-space: nowrap; }
	tr:nth-child(2n) { background: #f6f8fa; }
	.mermaid { padding: 16px; border: 1px solid #d1d9e0; border-radius: 6px; text-align: center; }
	.mermaid svg { max-width: 100%; }
`;

/** Takes a picture of the job summary of a company's first run, which archives 90 days. */
export async function takeJobSummary(browser) {
	const { marked } = await import('marked');
	const page = await browser.newPage();
	await page.setViewport({ width: WIDTH, height: HEIGHT, deviceScaleFactor: 2 });
	const content = marked.parse(await jobSummary());
	await page.setContent(`<!doctype html><style>${STYLE}</style>${content}`);
	// GitHub draws what is between ```mermaid and ```.
	await page.$$eval('code.language-mermaid', (blocks) => {
		for (const code of blocks) {
			code.parentElement.outerHTML = `<div class="mermaid">${code.innerHTML}</div>`;
		}
	});
	await page.addScriptTag({
		path: fileURLToPath(import.meta.resolve('mermaid/dist/mermaid.min.js')),
	});
	await page.evaluate('mermaid.initialize({ startOnLoad: false }); mermaid.run()');
	await page.waitForSelector('.mermaid svg');
	await savePicture(page, 'job-summary', { x: 0, y: 0, width: WIDTH, height: HEIGHT });
	await page.close();
}

/** The Markdown that the built Action writes for a simulated feed, on a simulated GitHub. */
async function jobSummary() {
	const workspace = mkdtempSync(path.join(tmpdir(), 'job-summary-'));
	const company = new Company(Math.floor(Date.now() / 1000) * 1000);
	const feed = await startActivityFeed(company.feed);
	const github = await startGitHub();
	try {
		await github.repository.git.push('main', { 'README.md': 'Audit trail\n' }, 'Begin');
		const { exitCode, log, summary } = await runAction({
			github,
			entry: ENTRY,
			inputs: { 'compliance-access-key': ACCESS_KEY, 'base-url': feed.url, commit: 'true' },
			token: github.issueToken({ actions: 'read', contents: 'write' }),
			workspace,
			runId: 1,
			secrets: [ACCESS_KEY],
		});
		if (exitCode !== 0) throw new Error(`The run failed.\n${log}`);
		return summary;
	} finally {
		await github.close();
		await feed.close();
		rmSync(workspace, { recursive: true, force: true, maxRetries: 5 });
	}
}
