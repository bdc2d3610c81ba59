// What a running lab tells about itself: the document `lab.json`. Everyone who wants to use a lab reads it; only the
// daemon writes it. At most one lab belongs to a state directory.
import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import { placementSchema } from '../placement/placement.ts';
import { isHeld, readClaim } from './claim.ts';

const processSchema = z.strictObject({ pid: z.int().positive(), startTime: z.string() });

const nodeSchema = z.strictObject({
  id: z.string(),
  shard: z.string(),
  region: z.string(),
  zone: z.string(),
  /** Direct: for the control plane. Clients and standbys take the routes. */
  host: z.string(),
  port: z.int().positive(),
  dataDirectory: z.string(),
});

/** A way through the delay proxy, from a region to a node. */
const routeSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  host: z.string(),
  port: z.int().positive(),
  kind: z.enum(['client', 'replication']),
});

const labInfoSchema = z.strictObject({
  schema: z.literal('premortem/lab/v1'),
  estate: z.string(),
  estateDigest: z.string(),
  createdAt: z.string(),
  daemon: processSchema,
  controlSocket: z.string(),
  directory: z.string(),
  postgresVersion: z.string(),
  placement: placementSchema,
  /** `user` needs no password; the administrator does, for every local user could connect otherwise. */
  database: z.strictObject({
    name: z.string(),
    user: z.string(),
    adminUser: z.string(),
    adminPassword: z.string(),
  }),
  nodes: z.array(nodeSchema),
  routes: z.array(routeSchema),
});

export type LabInfo = z.infer<typeof labInfoSchema>;
export type LabRoute = LabInfo['routes'][number];

/** Where a state directory keeps the facts about its lab of this estate. */
export function estateDirectory(stateDir: string, estate: string): string {
  return join(stateDir, 'lab', estate);
}

/** Writes `lab.json` so that nobody ever reads half of it; only this user may read it. */
export async function writeLab(stateDir: string, lab: LabInfo): Promise<void> {
  const path = join(estateDirectory(stateDir, lab.estate), 'lab.json');
  await writeFile(`${path}.new`, `${JSON.stringify(lab, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/**
 * The lab of a state directory. Throws UserError('missing') when there is none, or it is still starting, and
 * UserError('state') when its document cannot be read.
 */
export function readLab(stateDir: string): LabInfo {
  const claim = readClaim(stateDir);
  if (claim === null || !isHeld(claim)) throw noLab(stateDir);
  const path = join(estateDirectory(stateDir, claim.estate), 'lab.json');
  const text = readIfThere(path);
  const lab = text === null ? null : parseLab(text, path);
  // A description that a dead lab left behind counts for nothing while the next one is starting.
  if (lab?.daemon.pid !== claim.daemon.pid) throw noLab(stateDir);
  return lab;
}

function noLab(stateDir: string): UserError {
  return new UserError('missing', {
    message: `no lab is up in ${stateDir}`,
    remedy: 'start one with "premortem lab up"',
  });
}

function parseLab(text: string, path: string): LabInfo {
  try {
    return labInfoSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError('state', {
      message: `not a description of a lab: ${error instanceof Error ? error.message : 'unreadable'}`,
      place: { file: path },
      remedy: 'stop the lab with "premortem lab down" and start it again',
    });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
