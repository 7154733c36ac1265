import type { Workflow } from './workflow';
import { until } from './until';

/** The owner's account of a new n8n. */
export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Olive',
	lastName: 'Owner',
	password: 'Simulated-1',
};

/** The result of a credential test, as the credential's dialog shows it. */
export interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

/** The result of a workflow's publication. */
export interface Publication {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	triggers: { nodeId: string; status: string; errorMessage: string | null }[];
}

interface Saved {
	id: string;
	versionId: string;
}

/** Does in n8n what a user does in its editor, with the editor's own requests. */
export class Editor {
	#cookie = '';

	constructor(private readonly url: string) {}

	/** Whether n8n answers the editor's requests. */
	async isReady(): Promise<boolean> {
		try {
			const [ready, settings] = await Promise.all([
				fetch(`${this.url}/healthz/readiness`),
				fetch(`${this.url}/rest/settings`),
			]);
			await settings.json();
			return ready.ok && settings.ok;
		} catch {
			return false;
		}
	}

	/** Creates the owner's account, and stays logged in with it. */
	async setUpOwner(): Promise<void> {
		const response = await this.#send('POST', '/owner/setup', OWNER);
		this.#cookie = response.headers
			.getSetCookie()
			.map((cookie) => cookie.split(';')[0])
			.join('; ');
	}

	/** Saves a credential, by default under its type's name, and returns its id. */
	async createCredential(
		type: string,
		data: Record<string, unknown>,
		name = type,
	): Promise<string> {
		const { id } = await this.#call<Saved>('POST', '/credentials', { name, type, data });
		return id;
	}

	/** Saves a credential and tests it, as its dialog does. */
	async testCredential(type: string, data: Record<string, unknown>): Promise<CredentialTest> {
		const id = await this.createCredential(type, data);
		return this.#call('POST', '/credentials/test', { credentials: { id, name: type, type, data } });
	}

	/** Saves a new workflow, and returns its id. */
	async createWorkflow(workflow: Workflow): Promise<string> {
		const { id } = await this.#call<Saved>('POST', '/workflows', workflow);
		return id;
	}

	/** Saves a change of a workflow. */
	async changeWorkflow(id: string, changes: Partial<Workflow>): Promise<void> {
		const { versionId } = await this.#call<Saved>('GET', `/workflows/${id}`);
		await this.#call('PATCH', `/workflows/${id}`, { ...changes, versionId });
	}

	/** Publishes the last saved version of a workflow, and waits for the result, however busy n8n is. */
	async publish(id: string): Promise<Publication> {
		const { versionId } = await this.#call<Saved>('GET', `/workflows/${id}`);
		await this.#call('POST', `/workflows/${id}/activate`, { versionId });
		return until('the publication has come to an end', async () => {
			const publication = await this.#call<Publication>(
				'GET',
				`/workflows/${id}/publication-status`,
			).catch(unlessUnheard);
			return publication && publication.status !== 'in_progress' && publication;
		});
	}

	/** Executes a workflow up to one of its nodes, like "Execute step". */
	async executeStep(id: string, nodeName: string): Promise<void> {
		const { nodes } = await this.#call<Workflow>('GET', `/workflows/${id}`);
		const trigger = nodes.find(({ type }) => type.toLowerCase().endsWith('trigger'));
		await this.#call('POST', `/workflows/${id}/run`, {
			...(trigger && { triggerToStartFrom: { name: trigger.name } }),
			destinationNode: { nodeName, mode: 'inclusive' },
		});
	}

	/** Unpublishes a workflow. */
	async unpublish(id: string): Promise<void> {
		await this.#call('POST', `/workflows/${id}/deactivate`, {});
	}

	async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await this.#send(method, path, body);
		return ((await response.json()) as { data: T }).data;
	}

	async #send(method: string, path: string, body?: unknown): Promise<Response> {
		const response = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: { 'content-type': 'application/json', cookie: this.#cookie },
			...(body !== undefined && { body: JSON.stringify(body) }),
		});
		if (response.ok) return response;
		throw new Error(`${method} ${path} failed with ${response.status}: ${await response.text()}`);
	}
}

/** Ignores that n8n did not take a request: executions can keep it busy for many seconds. */
function unlessUnheard(error: unknown): undefined {
	// This is what `fetch` throws when it gets no answer.
	if (!(error instanceof TypeError)) throw error;
}
