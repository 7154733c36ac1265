import { expect } from '@jest/globals';
import { pathOfManifest } from '../../archive/layout';
import { encodeManifest, type Manifest } from '../../archive/manifest';
import { sha256 } from '../../archive/sha256';
import type { Checkpoint } from '../../core';
import type { Repository, TokenPermissions } from '../simulators/github/github';
import { expectWhole, type WholeArchive } from '../archive/whole-archive';
import type { Inputs, Options, Run, Scene, SceneOptions, Theatre } from './harness';

/** The fastest way to an archive: only the commits. */
export const COMMIT: Inputs = { commit: 'true', artifact: 'false' };

export interface ArchiveSceneOptions extends SceneOptions {
	/** Whether the archive's repository has no commit yet. */
	empty?: boolean;
}

/** What `.checkpoint.json` holds. */
interface StateJson {
	checkpoint: Checkpoint;
	manifest: { sequence: number; sha256: string };
	contents: string;
}

let lastRepository = 0;

/**
 * A scene whose runs commit to a repository that nothing else uses. So several scenes may play at the
 * same time.
 */
export class ArchiveScene {
	readonly #token: string;

	private constructor(
		readonly scene: Scene,
		readonly repository: Repository,
		readonly branch = 'audit-log',
		readonly directory = 'audit',
	) {
		this.#token = this.token({ contents: 'write' });
	}

	/** By default, its feed holds only what the test adds. */
	static async open(theatre: Theatre, options: ArchiveSceneOptions = {}): Promise<ArchiveScene> {
		const { empty = false, ...others } = options;
		const scene = await theatre.scene({ recordReads: false, ...others });
		const repository = theatre.github.addRepository({ name: `archive-${++lastRepository}` });
		if (!empty) await repository.git.push('main', { 'README.md': 'Hello\n' }, 'Begin');
		return new ArchiveScene(scene, repository);
	}

	/** A scene with the same repository and another place in it. */
	at(branch: string, directory: string): ArchiveScene {
		return new ArchiveScene(this.scene, this.repository, branch, directory);
	}

	/** A token for the workflow's repository and the archive's. */
	token(permissions: TokenPermissions): string {
		const { github } = this.scene.theatre;
		return github.issueToken(permissions, github.repository, this.repository);
	}

	run(inputs?: Inputs, options?: Options): Promise<Run> {
		return this.scene.run(this.#inputs(inputs), this.#options(options));
	}

	succeed(inputs?: Inputs, options?: Options): Promise<Run> {
		return this.scene.succeed(this.#inputs(inputs), this.#options(options));
	}

	fail(inputs?: Inputs, options?: Options): Promise<string> {
		return this.scene.fail(this.#inputs(inputs), this.#options(options));
	}

	#inputs(inputs: Inputs = {}): Inputs {
		return {
			...COMMIT,
			'commit-repository': this.repository.fullName,
			'commit-branch': this.branch,
			'commit-path': this.directory,
			...inputs,
		};
	}

	#options(options: Options = {}): Options {
		return { token: this.#token, ...options };
	}

	/** The hash of the commit that the branch points to. */
	async tip(): Promise<string> {
		return (await this.repository.git.git('rev-parse', this.branch)).trim();
	}

	/** All files of the archive's branch. */
	files(): Promise<Map<string, Buffer>> {
		return this.repository.git.files(this.branch);
	}

	/** The text of a file of the archive. */
	async text(path: string): Promise<string> {
		return (await this.files()).get(`${this.directory}/${path}`)?.toString() ?? '';
	}

	/** Pushes another state and a last manifest that fits it, so that only the chain before shows the change. */
	async forge(change: (state: StateJson) => void): Promise<void> {
		const state = JSON.parse(await this.text('.checkpoint.json')) as StateJson;
		change(state);
		const path = pathOfManifest(state.manifest.sequence);
		const last = JSON.parse(await this.text(path)) as Manifest;
		const after = sha256(JSON.stringify(state.checkpoint));
		const checkpoint = { ...last.checkpoint, after };
		const manifest = encodeManifest({ ...last, checkpoint, contents: sha256(state.contents) });
		state.manifest.sha256 = sha256(manifest);
		await this.repository.git.push(this.branch, {
			[`${this.directory}/${path}`]: manifest,
			[`${this.directory}/.checkpoint.json`]: `${JSON.stringify(state, null, '\t')}\n`,
		});
	}

	/** The messages of the branch's commits, the oldest first. */
	async messages(): Promise<string[]> {
		const log = await this.repository.git.git('log', '--reverse', '--format=%s', this.branch);
		return log.split('\n').slice(0, -1);
	}

	/** The requests of this scene's runs to the archive's repository, such as `GET /git/ref/heads/main`. */
	get calls(): string[] {
		const { requests } = this.scene.theatre.github.traffic;
		const root = `/repos/${this.repository.fullName}`;
		return requests
			.filter(({ path }) => path === root || path.startsWith(`${root}/`))
			.map(({ method, path }) => `${method} ${path.slice(root.length)}`);
	}

	/** Matches the requests for this repository that match a pattern. */
	on(pattern = ''): RegExp {
		return new RegExp(`^(?=\\S+ /repos/${this.repository.fullName}(?:/|$)).*${pattern}`);
	}

	/** Expects that the archive and its history have no finding. */
	async expectWhole(): Promise<WholeArchive> {
		const { git } = this.repository;
		expect(await git.git('fsck', '--strict', '--no-dangling')).toBe('');
		expect(await git.git('rev-list', '--min-parents=2', this.branch)).toBe('');
		return expectWhole(await this.files(), this.directory);
	}

	/** Expects an archive that holds everything the feed shows now, each activity once. */
	async expectAll(): Promise<WholeArchive> {
		const whole = await this.expectWhole();
		expect([...whole.lines].sort()).toEqual(this.scene.shown.sort());
		return whole;
	}
}
