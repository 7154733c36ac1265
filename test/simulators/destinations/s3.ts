import {
	chmodSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandOf } from '../github/script-step';
import type { Destination, Outage } from './destination';

const BUCKET = 'compliance';

/**
 * A bucket, and the command `aws` that copies to it. While S3 is down, the command fails after it has copied
 * one file, as in an outage that begins in the middle of a run.
 */
export class S3 implements Destination {
	readonly variables = { S3_BUCKET: BUCKET };
	readonly secrets = {};
	readonly environment = {};
	readonly next: Outage[] = [];
	readonly #home = mkdtempSync(path.join(tmpdir(), 's3-'));
	/** The executable. */
	readonly aws = path.join(this.#home, 'aws');

	constructor() {
		writeFileSync(this.aws, command(this.#home));
		chmodSync(this.aws, 0o755);
	}

	get #outage(): string {
		return path.join(this.#home, 'outage');
	}

	get down(): Outage | undefined {
		return existsSync(this.#outage) ? 503 : undefined;
	}

	set down(outage: Outage | undefined) {
		if (outage === undefined) rmSync(this.#outage, { force: true });
		else writeFileSync(this.#outage, '');
	}

	/** The texts of the objects, by key. */
	get objects(): Map<string, string> {
		const bucket = path.join(this.#home, BUCKET);
		if (!existsSync(bucket)) return new Map();
		const entries = readdirSync(bucket, { recursive: true, withFileTypes: true });
		const files = entries
			.filter((entry) => entry.isFile())
			.map((entry) => path.join(entry.parentPath, entry.name))
			.sort();
		return new Map(
			files.map((file) => [path.relative(bucket, file), readFileSync(file, 'utf8')] as const),
		);
	}

	get held(): string[] {
		return [...this.objects.values()].flatMap((text) => text.split('\n').slice(0, -1));
	}

	async close(): Promise<void> {
		rmSync(this.#home, { recursive: true, force: true });
	}
}

/** The command knows only what the example uses: `aws s3 cp DIRECTORY s3://… --recursive --only-show-errors`. */
const command = (home: string) => `#!${commandOf('bash').file}
set -euo pipefail
PATH=${process.env.PATH}
[ "$1 $2" = 's3 cp' ] && [ "\${*:5}" = '--recursive --only-show-errors' ] || exit 252
target=${home}/\${4#s3://}
cd "$3"
find . -type f | sort | while read -r file; do
	mkdir -p "$(dirname "$target/$file")"
	cp "$file" "$target/$file"
	if [ -e ${home}/outage ]; then
		echo "upload failed: $file to $4$file An error occurred (SlowDown) when calling the PutObject operation" >&2
		exit 1
	fi
done
`;
