// Runs on the host's own Node (20 or newer) before anything is installed, so it is plain JavaScript and
// imports nothing but Node. It installs the dependencies of a fresh clone once, and again only when the lock
// file has changed since; after it, every npm script finds the pinned Node on its PATH.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  process.stderr.write(
    `premortem needs Node 20 or newer to set itself up; this is ${process.version}.\n`,
  );
  process.exit(2);
}

if (!isInstalled()) {
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
}

/** npm writes its own copy of the lock file as the last thing of an install: newer than ours means complete. */
function isInstalled() {
  const ours = join(root, 'package-lock.json');
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(pinnedNode)) return false;
  return statSync(installed).mtimeMs >= statSync(ours).mtimeMs;
}
