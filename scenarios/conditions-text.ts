// Drawn conditions as files: a person's own estate and scenario texts with the drawn delays and rates put in, comments
// and all, so that what the demo ran can be read, changed and simulated again.
import { parseDocument } from 'yaml';
import { formatQuantity } from '../twin/units.ts';
import type { Conditions } from './conditions.ts';

/** The text of an estate with the delays and rates of the conditions. */
export function estateText(original: string, { estate }: Conditions): string {
  const document = parseDocument(original);
  for (const [index, { delayMs }] of estate.links.entries()) {
    document.setIn(['links', index, 'delay'], formatQuantity('duration', delayMs));
  }
  for (const fleet of estate.fleets) {
    for (const { id, ratePerSec } of fleet.classes) {
      const path = ['fleets', fleet.id, 'classes', id, 'rate'];
      document.setIn(path, formatQuantity('rate', ratePerSec));
    }
  }
  return document.toString();
}

/** The text of a scenario that plays on the estate of this file. */
export function scenarioText(original: string, estateFile: string): string {
  const document = parseDocument(original);
  document.set('estate', estateFile);
  return document.toString();
}
