// One reference case on a worker thread; loaded there by name.
import { validateCase, type CaseResult, type ReferenceCase } from '../scenarios/reference/index.ts';

export interface ValidateTask {
  readonly referenceCase: ReferenceCase;
  readonly effort: number;
  readonly seed: string;
}

export function runValidateTask({ referenceCase, effort, seed }: ValidateTask): CaseResult {
  return validateCase(referenceCase, { effort, seed });
}
