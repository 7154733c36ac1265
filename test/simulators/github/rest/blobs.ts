import type { Repository } from '../repository';
import { notFound, Refusal, type Answer } from './answer';
import { nodeId, readObject } from './objects';
import { invalid, optional, READ, required, WRITE, type Call, type Route } from './route';

/** Blobs: files' contents, by their hash. */
export const blobRoutes: Route[] = [
	{
		method: 'GET',
		path: /^\/git\/blobs\/([^/]+)$/,
		permission: READ,
		docs: 'git/blobs#get-a-blob',
		answer: getBlob,
	},
	{
		method: 'POST',
		path: /^\/git\/blobs$/,
		permission: WRITE,
		docs: 'git/blobs#create-a-blob',
		answer: createBlob,
	},
];

async function getBlob({ repository, parameters, base, accept }: Call): Promise<Answer> {
	const [sha = ''] = parameters;
	const blob = await readObject(repository, sha);
	if (blob?.type !== 'blob') throw notFound();
	const { content } = blob;
	if (content.length > repository.blobLimit) throw tooLarge(403);
	if (/\braw\b/.test(accept)) return rawAnswer(content);
	return {
		status: 200,
		body: {
			sha,
			node_id: nodeId('B', sha),
			size: content.length,
			url: `${base}/git/blobs/${sha}`,
			content: wrappedBase64(content),
			encoding: 'base64',
		},
	};
}

async function createBlob({ repository, body, base }: Call): Promise<Answer> {
	const content = required(body, 'content');
	const encoding = optional(body, 'encoding') ?? 'utf-8';
	if (!['utf-8', 'base64'].includes(encoding)) throw invalid('"encoding" is unknown.');
	const bytes = encoding === 'base64' ? readBase64(content) : Buffer.from(content);
	const sha = await writeBlob(repository, bytes);
	return { status: 201, body: { sha, url: `${base}/git/blobs/${sha}` } };
}

/** Writes a blob, if the repository takes one of its size. */
export async function writeBlob({ git, blobLimit }: Repository, content: Buffer): Promise<string> {
	if (content.length > blobLimit) throw tooLarge(422);
	return git.write('blob', content);
}

/** The bytes of a Base64 text, in which line ends do not matter. */
export function readBase64(text: string): Buffer {
	if (!/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text)) throw invalid('content is not valid Base64');
	return Buffer.from(text, 'base64');
}

/** Base64 in lines of 60, as GitHub sends it. */
export function wrappedBase64(content: Buffer): string {
	return content.toString('base64').replace(/.{1,60}/g, '$&\n');
}

/** The bytes themselves, for who accepts the raw media type. */
export function rawAnswer(content: Buffer): Answer {
	const headers = { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' };
	return { status: 200, body: content, headers };
}

/** What GitHub says to content beyond its limits. */
export function tooLarge(status: 403 | 422): Refusal {
	const errors = [{ resource: 'Blob', field: 'data', code: 'too_large' }];
	return new Refusal(status, 'The blob is too large: the limit is 100 MB.', { errors });
}
