// The lab's own process: it owns the proxy, the servers and the load driver, answers verbs on its control socket, and
// takes everything away when it is told to, or when the lifeline to whoever started it is cut. Started by `labUp` only.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { digestOf } from '../../engine/digest.ts';
import { serveControl, toWireFailure, type ControlServer } from '../control-socket.ts';
import { identityOf, type ProcessIdentity } from '../processes.ts';
import { Proxy } from '../proxy/proxy.ts';
import { prepareBinaries, type Binaries } from './binaries.ts';
import { dropClaim, takeClaim, type LabClaim } from './claim.ts';
import { Cluster } from './cluster.ts';
import { labVerbs } from './daemon-verbs.ts';
import { Monitor } from './failover/monitor.ts';
import { FaultDesk } from './faults/fault-desk.ts';
import { performFault } from './faults/index.ts';
import { canEnter, chooseServerUser, type HostUser } from './host-user.ts';
import { placeHere, processorsDuringLoad } from '../placement/lab-processors.ts';
import type { Placement } from '../placement/placement.ts';
import { estateDirectory, writeLab, type LabInfo } from './lab-info.ts';
import { LoadProcess } from './load-process.ts';
import { labDatabase } from './settings.ts';
import type { DaemonMessage, DaemonOrder } from './lab.ts';
import type { WatchdogMessage, WatchdogSignal } from './watchdog.ts';

/** Everything that has to be taken away again, in the order in which it came. */
class Lab {
  readonly #order: DaemonOrder;
  readonly #undo: (() => Promise<unknown>)[] = [];
  #opening: Promise<LabInfo> | null = null;
  #closing: Promise<void> | null = null;

  constructor(order: DaemonOrder) {
    this.#order = order;
  }

  open(onProgress: (text: string) => void): Promise<LabInfo> {
    this.#opening ??= this.#build(onProgress);
    return this.#opening;
  }

  /** Takes everything away, once; a lab that is still opening stops at its next step. */
  close(): Promise<void> {
    this.#closing ??= this.#takeAway();
    return this.#closing;
  }

  async #build(onProgress: (text: string) => void): Promise<LabInfo> {
    const { estate, stateDir } = this.#order;
    const user = await chooseServerUser();
    const placement = await placeHere(estate);
    const watch = this.#startWatchdog();
    const directory = await this.#makeDirectory(user);
    const { claim, dataRoot } = await this.#claim(directory, user);
    const copyDirectory = join(directory, 'postgres');
    const binaries = await prepareBinaries(user, copyDirectory, this.#order.binariesDirectory);
    const proxy = new Proxy();
    this.#undo.push(() => proxy.close());
    const adminPassword = randomBytes(18).toString('base64url');
    const cluster = await Cluster.prepare({
      estate,
      directory: dataRoot,
      adminPassword,
      host: {
        binaries,
        user,
        logDirectory: join(directory, 'logs'),
        processors: placement.kind === 'pinned' ? placement.servers : null,
        onStarted: (server) => watch(server, 'SIGQUIT'),
      },
      proxy,
      ...(this.#order.firstPort === undefined ? {} : { firstPort: this.#order.firstPort }),
    });
    this.#undo.push(() => cluster.close());
    await cluster.create((text) => {
      if (this.#closing !== null) throw new Error('the lab is being closed');
      onProgress(text);
    });
    cluster.setLinks(estate.links);
    const lab = this.#describe({ directory, claim, binaries, placement, cluster, adminPassword });
    await this.#serve(lab, { cluster, proxy }, (driver) => watch(driver, 'SIGTERM'));
    await writeLab(stateDir, lab);
    return lab;
  }

  async #takeAway(): Promise<void> {
    // Why it did not open is told to whoever waits for `open`.
    await this.#opening?.catch(() => undefined);
    for (const undo of this.#undo.splice(0).toReversed()) {
      // One thing that cannot be undone must not keep the others alive; the log says what it was.
      await undo().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }
  }

  /** A short path that no other user can read, for sockets (whose paths must be short), logs and copies. */
  async #makeDirectory(user: HostUser | null): Promise<string> {
    const directory = await mkdtemp(join(resolve(tmpdir()), 'premortem-'));
    this.#undo.push(() => rm(directory, { recursive: true, force: true }));
    // Servers of another user go through it to their data and programs; they cannot list it.
    if (user !== null) await chmod(directory, 0o711);
    await mkdir(join(directory, 'logs'), { mode: 0o700 });
    return directory;
  }

  /** Data lie beside the lab's description where the servers may go, else in the temporary directory. */
  async #claim(
    directory: string,
    user: HostUser | null,
  ): Promise<{ claim: LabClaim; dataRoot: string }> {
    const { estate, stateDir } = this.#order;
    const own = resolve(estateDirectory(stateDir, estate.name));
    await mkdir(own, { recursive: true });
    const dataRoot = canEnter(own, user) ? join(own, basename(directory)) : join(directory, 'data');
    const nodes = estate.fleets.flatMap(({ shards }) =>
      shards.flatMap(({ primary, replicas }) => [primary, ...replicas]),
    );
    const claim: LabClaim = {
      schema: 'premortem/lab-claim/v1',
      estate: estate.name,
      daemon: identityOf(process.pid),
      directories: [directory, dataRoot],
      dataDirectories: nodes.map(({ id }) => join(dataRoot, id)),
    };
    await takeClaim(stateDir, claim);
    this.#undo.push(() => dropClaim(stateDir));
    this.#undo.push(() => rm(own, { recursive: true, force: true }));
    return { claim, dataRoot };
  }

  /** Starts the watchdog; the function returned tells it of a child. */
  #startWatchdog(): (child: ProcessIdentity, signal: WatchdogSignal) => void {
    const path = new URL('./watchdog.ts', import.meta.url).pathname;
    const watchdog: ChildProcess = spawn(process.execPath, [path, resolve(this.#order.stateDir)], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    const send = (message: WatchdogMessage): void => {
      watchdog.stdin?.write(`${JSON.stringify(message)}\n`);
    };
    watchdog.stdin?.on('error', () => undefined);
    this.#undo.push(async () => {
      send({ kind: 'farewell' });
      watchdog.stdin?.end();
    });
    return (child, signal) => send({ kind: 'watch', ...child, signal });
  }

  #describe(parts: {
    directory: string;
    claim: LabClaim;
    binaries: Binaries;
    placement: Placement;
    cluster: Cluster;
    adminPassword: string;
  }): LabInfo {
    const { estate } = this.#order;
    const { name, user, adminUser } = labDatabase;
    return {
      schema: 'premortem/lab/v1',
      estate: estate.name,
      estateDigest: digestOf(estate),
      createdAt: new Date().toISOString(),
      daemon: parts.claim.daemon,
      controlSocket: join(parts.directory, 'lab.sock'),
      directory: parts.directory,
      postgresVersion: parts.binaries.version,
      placement: parts.placement,
      database: { name, user, adminUser, adminPassword: parts.adminPassword },
      nodes: parts.cluster.nodes,
      routes: [...parts.cluster.routes],
    };
  }

  async #serve(
    lab: LabInfo,
    { cluster, proxy }: { readonly cluster: Cluster; readonly proxy: Proxy },
    watch: (child: ProcessIdentity) => void,
  ): Promise<void> {
    const load = new LoadProcess(
      {
        controlSocket: join(lab.directory, 'load.sock'),
        defaultsFor: (shard) => loadDefaults(lab, shard),
      },
      processorsDuringLoad(lab.placement, {
        serverPids: () => cluster.states().flatMap(({ pid }) => pid ?? []),
        onStarted: watch,
      }),
      watch,
    );
    this.#undo.push(() => load.stop());
    const monitor = new Monitor(cluster, load);
    this.#undo.push(() => monitor.close());
    const faults = new FaultDesk({ cluster, proxy, monitor }, performFault);
    this.#undo.push(() => faults.close());
    const shutDown = (): void => void finish(this, 0);
    const server: ControlServer = await serveControl(
      lab.controlSocket,
      labVerbs({ cluster, load, faults, monitor, links: this.#order.estate.links, shutDown }),
    );
    this.#undo.push(() => server.close());
  }
}

/** What a driver must know of the lab to play a load on one of its shards. */
function loadDefaults({ database, nodes, routes }: LabInfo, shard: string): object {
  const own = nodes.filter((node) => node.shard === shard);
  const leadsThere = ({ kind, to }: LabInfo['routes'][number]): boolean =>
    kind === 'client' && own.some(({ id }) => id === to);
  return {
    database: database.name,
    user: database.user,
    routes: routes.filter(leadsThere).map(({ from, to, host, port }) => ({ from, to, host, port })),
    observed: own.map(({ id: node, host, port }) => ({ node, host, port })),
  };
}

async function finish(lab: Lab, code: number): Promise<void> {
  await lab.close();
  process.exit(code);
}

function tell(message: DaemonMessage): Promise<void> {
  return new Promise((sent) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => sent());
    else sent();
  });
}

async function run(order: DaemonOrder): Promise<void> {
  const lab = new Lab(order);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void finish(lab, 0));
  }
  // Until the lab is up, its starter is its reason to be.
  process.once('disconnect', () => void finish(lab, 1));
  if (order.lifeline === 'stdin') {
    process.stdin.on('end', () => void finish(lab, 0)).resume();
  }
  try {
    const info = await lab.open((text) => void tell({ kind: 'progress', text }));
    process.removeAllListeners('disconnect');
    await tell({ kind: 'ready', lab: info });
    if (process.connected) process.disconnect();
  } catch (error) {
    await lab.close();
    await tell({ kind: 'failed', failure: toWireFailure(error) });
    process.exit(1);
  }
}

// Servers of another user must be able to go through what the lab creates; secrets have modes of their own.
process.umask(0o022);
process.once('message', (order) => void run(order as DaemonOrder));
