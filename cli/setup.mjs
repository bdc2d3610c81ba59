// Runs on the host's own Node (20 or newer) before anything is installed, so it is plain JavaScript and
// imports nothing but Node. It installs the dependencies of a fresh clone once, and again only when the lock
// file has changed; after it, every npm script finds the pinned Node on its PATH.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, 'node_modules', '.premortem-setup');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  process.stderr.write(
    `premortem needs Node 20 or newer to set itself up; this is ${process.version}.\n`,
  );
  process.exit(2);
}

if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
  process.stderr.write('premortem: installing dependencies (once, about half a minute)\n');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
  });
  if (done.status !== 0) {
    process.stderr.write('premortem: `npm ci` failed; its messages are above.\n');
    process.exit(1);
  }
  writeFileSync(marker, wanted);
}
