// What a load driver process is told: which trace to play, through which routes, and where to write what it saw.
// A file, because the driver outlives whoever planned the run and must not depend on a pipe for its orders.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UserError, type Mistake } from '../../engine/failure.ts';
import { commitModes, operationKinds } from '../../twin/estate/estate.ts';

/**
 * Who leads a shard. Epochs only grow; a driver refuses to go back.
 */
export const shardMapSchema = z.strictObject({
  primary: z.string(),
  epoch: z.int().nonnegative(),
});
export type ShardMapEntry = z.infer<typeof shardMapSchema>;

const classSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(operationKinds),
  /** Postgres' `synchronous_commit` for this class's sessions; absent: what the database role says. */
  commitMode: z.enum(commitModes).exactOptional(),
});

const routeSchema = z.strictObject({
  /** Region that the client stands in. */
  from: z.string(),
  /** Node that the route leads to. */
  to: z.string(),
  host: z.string(),
  port: z.int().positive(),
});

const loadConfigSchema = z.strictObject({
  schema: z.literal('premortem/load/v1'),
  run: z.string(),
  traceFile: z.string(),
  outDirectory: z.string(),
  controlSocket: z.string(),
  /** From the moment that every connection is warm to time 0 of the trace. */
  startInMs: z.number().nonnegative(),
  shard: z.string(),
  map: shardMapSchema,
  pool: z.strictObject({ size: z.int().positive(), timeoutMs: z.number().positive() }),
  classes: z.array(classSchema),
  tenants: z.array(z.strictObject({ id: z.string(), home: z.string() })),
  routes: z.array(routeSchema),
  database: z.string(),
  user: z.string().default('postgres'),
  /** Servers whose replication is looked at, directly and not on the clients' routes. */
  observed: z
    .array(z.strictObject({ node: z.string(), host: z.string(), port: z.int().positive() }))
    .default([]),
  /** Look from time to time how busy the leader's processors are; their totals are told anyhow. */
  watchProcessors: z.boolean().default(false),
  /** Key of the row that request 0 writes; request n writes `keyBase + n`. */
  keyBase: z.int().nonnegative(),
});
export type LoadConfig = z.infer<typeof loadConfigSchema>;
export type LoadClass = LoadConfig['classes'][number];
export type LoadRoute = LoadConfig['routes'][number];

/** Checks a configuration, whose mistakes are named with `fileName`. Throws a UserError with all of them. */
export function parseLoadConfig(value: unknown, fileName: string): LoadConfig {
  const parsed = loadConfigSchema.safeParse(value);
  if (!parsed.success) {
    throw new UserError(
      'input',
      parsed.error.issues.map(({ path, message }): Mistake => ({
        message,
        place: { file: fileName, path: path.join('.') },
      })),
    );
  }
  const mistakes = missingRoutes(parsed.data, fileName);
  if (mistakes.length > 0) throw new UserError('input', mistakes);
  return parsed.data;
}

/** Reads a configuration file. */
export function readLoadConfig(fileName: string): LoadConfig {
  return parseLoadConfig(JSON.parse(readFileSync(fileName, 'utf8')), fileName);
}

/** The nodes that may lead, in the order in which the routes name them. */
export function nodesOfConfig(config: LoadConfig): readonly string[] {
  return [...new Set(config.routes.map(({ to }) => to))];
}

/** The regions that clients stand in. */
export function regionsOfConfig(config: LoadConfig): readonly string[] {
  return [...new Set(config.tenants.map(({ home }) => home))];
}

/** The way from a region to a node, or undefined. */
export function findRoute(config: LoadConfig, from: string, to: string): LoadRoute | undefined {
  return config.routes.find((route) => route.from === from && route.to === to);
}

function missingRoutes(config: LoadConfig, fileName: string): readonly Mistake[] {
  const nodes = new Set([config.map.primary, ...nodesOfConfig(config)]);
  return regionsOfConfig(config).flatMap((region) =>
    [...nodes]
      .filter((node) => findRoute(config, region, node) === undefined)
      .map((node) => ({
        message: `no route from region ${region} to node ${node}`,
        place: { file: fileName, path: 'routes' },
      })),
  );
}
