import { randomBytes } from 'node:crypto';
import {
	BlobSASPermissions,
	BlobServiceClient,
	StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { startAzurite } from './azurite';
import { shared } from '../../shared/shared';

export interface BlobStore {
	/** A real SAS URL of one blob, good for an hour, or one that has already expired. */
	signedUrl(blob: string, access: 'read' | 'write', expired?: boolean): Promise<string>;
	read(blob: string): Promise<Buffer>;
	close(): Promise<void>;
}

/** Opens an empty blob store on loopback, in the shared Azurite if there is one. */
export async function openBlobStore(): Promise<BlobStore> {
	const common = await shared('azurite');
	const own = common ? undefined : await startAzurite();
	const { url, account, key } = (common ?? own)!;
	const container = new BlobServiceClient(
		url,
		new StorageSharedKeyCredential(account, key),
	).getContainerClient(`actions-results-${randomBytes(8).toString('hex')}`);
	await container.create();
	return {
		signedUrl: (blob, access, expired = false) =>
			container.getBlobClient(blob).generateSasUrl({
				permissions: BlobSASPermissions.parse(access === 'read' ? 'r' : 'cw'),
				startsOn: new Date(Date.now() - 7_200_000),
				expiresOn: new Date(Date.now() + (expired ? -3_600_000 : 3_600_000)),
			}),
		read: (blob) => container.getBlobClient(blob).downloadToBuffer(),
		close: async () => {
			if (own) await own.close();
			else await container.delete();
		},
	};
}
