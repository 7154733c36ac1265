import {
	type DestinationAnswer,
	type DestinationRequest,
	HttpsDestination,
} from './https-destination';

/** The token of the job. */
export const JOB_TOKEN = 'ghs_job-token-secret-000000001';
const REPOSITORY = 'acme/compliance';

export interface Issue {
	readonly number: number;
	readonly title: string;
	readonly body: string;
	readonly labels: readonly { readonly name: string }[];
	state: 'open' | 'closed';
}

/** The issues of a repository in GitHub's REST API. */
export class GitHubIssues extends HttpsDestination {
	readonly secrets = {};
	readonly variables = {};
	readonly tokens = [JOB_TOKEN];
	readonly issues: Issue[] = [];
	/** Whether a new issue is opened, but the answer gets lost. */
	losesAnswers = false;
	/** Whether new issues get no labels, as GitHub does for who may not set them. */
	dropsLabels = false;

	get replaced() {
		return {
			GITHUB_API_URL: this.url,
			GITHUB_SERVER_URL: 'https://github.example',
			GITHUB_REPOSITORY: REPOSITORY,
		};
	}

	/** Adds an issue that somebody else has opened. */
	add(issue: Pick<Issue, 'title' | 'body'>, labels: readonly string[]): Issue {
		const number = this.issues.length + 1;
		const added: Issue = {
			number,
			...issue,
			labels: labels.map((name) => ({ name })),
			state: 'open',
		};
		this.issues.push(added);
		return added;
	}

	protected answer({ method, url, headers, body }: DestinationRequest): DestinationAnswer {
		if (url.pathname !== `/repos/${REPOSITORY}/issues`) return { status: 404 };
		if (headers.authorization !== `Bearer ${JOB_TOKEN}`) return { status: 401 };
		if (method === 'GET') return { status: 200, body: this.#list(url.searchParams) };
		const { labels, ...issue } = JSON.parse(body.toString()) as {
			title: string;
			body: string;
			labels: string[];
		};
		if (issue.title.length > 256 || issue.body.length > 65_536) return { status: 422 };
		const added = this.add(issue, this.dropsLabels ? [] : labels);
		this.held.push(issue.title);
		return this.losesAnswers ? { status: 502 } : { status: 201, body: added };
	}

	#list(query: URLSearchParams): Issue[] {
		const label = query.get('labels');
		const state = query.get('state') ?? 'open';
		const size = Number(query.get('per_page') ?? 30);
		const from = (Number(query.get('page') ?? 1) - 1) * size;
		const found = this.issues.filter(
			(issue) =>
				(state === 'all' || issue.state === state) &&
				(label === null || issue.labels.some(({ name }) => name === label)),
		);
		if (query.get('direction') !== 'asc') found.reverse();
		return found.slice(from, from + size);
	}
}
