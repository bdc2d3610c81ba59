// The result of checking a state directory against its ledger: what was looked at and everything that is not as it was
// recorded. A document like any other, so that it can be printed, rendered and handed to an auditor.
import type { Digest } from '../../engine/digest.ts';

/**
 * One thing that is not as it was recorded. `ledger`: an entry or the chain; `head`: the signature over the newest entry,
 * or a cut-off tail; `history`: an entry that the rules do not allow where it stands; `document`: a stored plan or signed
 * envelope; `signature`: an envelope that does not say what the ledger claims; `file`: a file of a run; `guard`: the
 * database's own protection was removed.
 */
export interface AuditFinding {
  readonly kind: 'ledger' | 'head' | 'history' | 'document' | 'signature' | 'file' | 'guard';
  readonly subject: string;
  readonly message: string;
}

export interface AuditReport {
  readonly schema: 'premortem/audit/v1';
  readonly state: string | null;
  readonly verifiedAt: string;
  readonly head: { readonly seq: number; readonly hash: Digest } | null;
  readonly checked: {
    readonly entries: number;
    readonly documents: number;
    readonly signatures: number;
    readonly files: number;
  };
  readonly findings: readonly AuditFinding[];
  /** True when there is no finding. */
  readonly intact: boolean;
}
