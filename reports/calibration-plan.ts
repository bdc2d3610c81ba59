// The plan of a calibration as a report: what would be measured, why, for how long, and what is skipped.
import type { CalibrationPlan } from '../twin/calibration-plan.ts';
import { columnsOf } from './columns.ts';
import { formatValue, plural } from './figures.ts';
import type { Report, Section } from './report.ts';

export function calibrationPlanReport(plan: CalibrationPlan): Report {
  const { estate, shard, experiments, skipped, durationMs } = plan;
  const parameters = experiments.flatMap((experiment) => experiment.parameters);
  return {
    title: `Plan of a calibration of ${estate}`,
    verdict:
      experiments.length === 0
        ? { text: '✓ Nothing has to be measured', tone: 'good' }
        : { text: `○ ${plural(experiments.length, 'experiment')} to do`, tone: 'plain' },
    headline:
      experiments.length === 0
        ? `No experiment would tell anything new about shard ${shard}.`
        : `${plural(parameters.length, 'parameter')} of shard ${shard} in about ${formatValue(durationMs, 'ms')}.`,
    summary: [],
    facts: [],
    sections: [
      {
        id: 'experiments',
        title: 'Experiments',
        lead: 'In this order, with next to no link delay, on a lab that nobody else uses meanwhile.',
        blocks: [
          {
            kind: 'table',
            title: '',
            columns: columnsOf('Experiment', 'What is done', 'Measures', 'Because', '>About'),
            rows: experiments.map((experiment) => [
              experiment.id,
              experiment.method,
              experiment.parameters.join(', '),
              experiment.because,
              formatValue(experiment.durationMs, 'ms'),
            ]),
            note: '',
          },
        ],
      },
      ...(skipped.length === 0 ? [] : [skippedSection(skipped)]),
    ],
    origin: [],
  };
}

function skippedSection(skipped: CalibrationPlan['skipped']): Section {
  return {
    id: 'skipped',
    title: 'Skipped',
    lead: '',
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf('Experiment', 'Because'),
        rows: skipped.map(({ id, because }) => [id, because]),
        note: '',
      },
    ],
  };
}
