// The replay document: one simulated execution once more, and everything that happened to one request, on one shard, or in an
// action or a fault, in the order in which it happened.
/** What is looked at. `process`: an action's or a fault's steps, by the kind of it. */
export type ReplayFocus =
  | { readonly kind: 'request'; readonly request: number }
  | { readonly kind: 'shard'; readonly shard: string }
  | { readonly kind: 'process'; readonly process: 'action' | 'fault' };

/** What becomes of a request, in this order unless it is lost or expires. */
export const requestStages = {
  due: 'its client asks for it',
  sent: 'leaves the pool on a connection',
  reached: 'is with the server',
  computing: 'joins those who share the processors',
  executed: 'its processor time is over',
  flushed: 'its commit is on the disk of its primary',
  confirmed: 'as many standbys as the rule says have it, or nobody is waited for',
  answered: 'its answer leaves the server',
  done: 'its answer is there',
  lost: 'the server died with it',
  expired: 'nobody waits for it any more',
} as const;
export type RequestStage = keyof typeof requestStages;

/** Whoever wants to know what becomes of one request. */
export interface RequestWatch {
  readonly request: number;
  readonly note: (stage: RequestStage, atMs: number) => void;
}

/** Something that happened. `sinceMs`: after the entry before; null for the first. */
export interface ReplayEntry {
  readonly atMs: number;
  readonly sinceMs: number | null;
  readonly what: string;
  readonly detail: string;
}

export interface ReplayDocument {
  readonly schema: 'premortem/replay/v1';
  readonly scenario: string;
  readonly estate: string;
  readonly seed: string;
  /** A fresh trace with parameters as calibrated, or the bound trace with them as uncertain as they are. */
  readonly kind: 'fresh' | 'rehearsal';
  readonly replication: number;
  readonly focus: ReplayFocus;
  /** Facts of what is looked at, for people. */
  readonly subject: string;
  readonly untilMs: number;
  readonly entries: readonly ReplayEntry[];
  /** Events of the whole execution, and the mark of all of them: the same for everybody who replays it. */
  readonly events: number;
  readonly fingerprint: string;
}
