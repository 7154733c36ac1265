import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import type { Installation } from './installation';
import { type LegacyRequest, legacyRequest } from './network';
import { time } from './time';

/** n8n's test of a credential that has no test itself. The first node that offers one runs it. */
export async function testCredential(
	installation: Installation,
): Promise<INodeCredentialTestResult> {
	return await time.settle(testCredentialNow(installation));
}

/** The same, but no time passes. */
export async function testCredentialNow({
	setup,
	network,
}: Installation): Promise<INodeCredentialTestResult> {
	const { credential, credentialData: data, type } = setup;
	if (credential.test) throw new Error('Then the node is not asked.');
	const { testedBy } =
		type.description.credentials?.find(({ name }) => name === credential.name) ?? {};
	const test = type.methods?.credentialTest?.[testedBy as string];
	if (!test) throw new Error('No testing function found for this credential.');
	const context = {
		helpers: { request: (options: LegacyRequest) => legacyRequest(network, options) },
	} as unknown as ICredentialTestFunctions;
	const decrypted = { id: '1', name: credential.name, type: credential.name, data };
	return await test.call(context, decrypted as unknown as ICredentialsDecrypted);
}
