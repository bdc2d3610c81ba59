// The registry of reports: which document is rendered by what, in which formats. Add a document by adding a line to
// `ReportInputs` and one to `builders`; the type-checker names whatever is missing.
import { unreachable } from '../engine/failure.ts';
import type { Manual } from '../scenarios/manual.ts';
import type { ValidationDocument } from '../scenarios/reference/documents.ts';
import type { CalibrationPlan } from '../twin/calibration-plan.ts';
import type { Explanation } from '../twin/explanation.ts';
import type { ProductionStatistics } from '../twin/production/statistics.ts';
import type { ReplayDocument } from '../twin/replay.ts';
import { renderMarkdown } from './markdown.ts';
import { renderPage } from './page.ts';
import { calibrationPlanReport } from './calibration-plan.ts';
import { calibrationReport, type CalibrationReportInput } from './calibration.ts';
import { explanationReport } from './explanation.ts';
import { manualReport } from './manual.ts';
import { productionReport } from './production.ts';
import { recordReport } from './record.ts';
import { replayReport } from './replay.ts';
import type { RecordReportInput } from './record-evidence.ts';
import type { Report } from './report.ts';
import { riskCard, type RiskCardInput } from './risk-card.ts';
import type { TextStyle } from './table.ts';
import { renderText } from './text.ts';
import { validationReport } from './validation.ts';
import { verificationReport, type VerificationInput } from './verification.ts';

export const reportFormats = ['text', 'markdown', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** By schema of the leading document: what its report is made of. */
export interface ReportInputs {
  'premortem/prediction/v1': RiskCardInput;
  'premortem/verification/v1': VerificationInput;
  'premortem/validation/v1': ValidationDocument;
  'premortem/record/v1': RecordReportInput;
  'premortem/calibration/v1': CalibrationReportInput;
  'premortem/calibration-plan/v1': CalibrationPlan;
  'premortem/explanation/v1': Explanation;
  'premortem/production-statistics/v1': ProductionStatistics;
  'premortem/replay/v1': ReplayDocument;
  'premortem/reference/v1': Manual;
}
export type ReportSchema = keyof ReportInputs;

const builders: { readonly [S in ReportSchema]: (input: ReportInputs[S]) => Report } = {
  'premortem/prediction/v1': riskCard,
  'premortem/verification/v1': verificationReport,
  'premortem/validation/v1': validationReport,
  'premortem/record/v1': recordReport,
  'premortem/calibration/v1': calibrationReport,
  'premortem/calibration-plan/v1': calibrationPlanReport,
  'premortem/explanation/v1': explanationReport,
  'premortem/production-statistics/v1': productionReport,
  'premortem/replay/v1': replayReport,
  'premortem/reference/v1': manualReport,
};

/** For files, pipes and tests: no colour, a common width. */
const plainStyle: TextStyle = { columns: 110, colour: false };

/** One document as one text. `style` matters for `text` only. The same input gives the same text, byte for byte. */
export async function renderReport<S extends ReportSchema>(
  schema: S,
  input: ReportInputs[S],
  format: ReportFormat,
  style: TextStyle = plainStyle,
): Promise<string> {
  const report = builders[schema](input);
  switch (format) {
    case 'text':
      return renderText(report, style);
    case 'markdown':
      return renderMarkdown(report);
    case 'html':
      return renderPage(report);
    default:
      return unreachable(format);
  }
}
