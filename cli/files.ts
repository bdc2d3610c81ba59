// Reading of the documents that a user names: a file when the name ends in .yaml, .yml or .json, else a name of the
// library. A missing file is told together with the nearest one beside it.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearestNames, UserError } from '../engine/failure.ts';
import type { Campaign } from '../scenarios/campaign/campaign.ts';
import type { BaseEstate } from '../scenarios/campaign/case-text.ts';
import { checkCampaign, loadCampaign } from '../scenarios/campaign/load.ts';
import { findLibraryFile, type LibraryFile } from '../scenarios/library/index.ts';
import { checkScenario, loadCalibration, loadEstate, loadScenario } from '../scenarios/load.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Calibration } from '../twin/estate/calibration.ts';
import type { Estate } from '../twin/estate/estate.ts';

/** A text and what to call it in messages. */
export interface NamedText {
  readonly fileName: string;
  readonly text: string;
}

/** A scenario together with the estate it plays on, held against each other. */
export interface OpenedScenario {
  readonly scenario: Scenario;
  readonly scenarioFile: NamedText;
  readonly estate: Estate;
  readonly estateFile: NamedText;
}

/** The estate of a file or of the library. Throws UserError 'missing' or 'input'. */
export function openEstate(name: string): { estate: Estate; file: NamedText } {
  const file = readNamed('estate', name, '.');
  return { estate: loadEstate(file.text, file.fileName), file };
}

/** The scenario of a file or of the library, with its estate. Throws UserError 'missing' or 'input'. */
export function openScenario(name: string): OpenedScenario {
  const scenarioFile = readNamed('scenario', name, '.');
  const scenario = loadScenario(scenarioFile.text, scenarioFile.fileName);
  const beside = dirname(scenarioFile.fileName);
  const estateFile = readNamed('estate', scenario.estate, beside);
  const estate = loadEstate(estateFile.text, estateFile.fileName);
  checkScenario(scenario, estate, scenarioFile.fileName, scenarioFile.text);
  return { scenario, scenarioFile, estate, estateFile };
}

/** The campaign of a file or of the library, held against the estate that its cases are made of. */
export function openCampaign(name: string): {
  readonly campaign: Campaign;
  readonly campaignText: string;
  readonly base: BaseEstate;
} {
  const file = readNamed('campaign', name, '.');
  const campaign = loadCampaign(file.text, file.fileName);
  const estateFile = readNamed('estate', campaign.estate, dirname(file.fileName));
  const estate = loadEstate(estateFile.text, estateFile.fileName);
  const base = { text: estateFile.text, estate };
  checkCampaign(campaign, base, file.fileName, file.text);
  return { campaign, campaignText: file.text, base };
}

/** The calibration overlay of a file, which must be of this estate. Throws UserError 'missing' or 'input'. */
export function openCalibration(path: string, estate: Estate): Calibration {
  const calibration = openCalibrationAlone(path);
  if (calibration.estate === estate.name) return calibration;
  throw new UserError('input', {
    message: `this overlay was measured on estate "${calibration.estate}", not on "${estate.name}"`,
    place: { file: path, path: 'estate' },
    remedy: 'measure this one with `premortem calibrate`',
  });
}

/** The calibration overlay of a file, whichever estate it is of. Throws UserError 'missing' or 'input'. */
export function openCalibrationAlone(path: string): Calibration {
  return loadCalibration(readTextFile(path), path);
}

/** Whether a name is that of a file, not of the library. */
export function isFileName(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}

/** The text of a file. Throws UserError('missing') when it cannot be read, with the nearest name in its directory. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw noSuchFile(path);
    const reasons = new Map<unknown, string>([
      ['EISDIR', 'is a directory'],
      ['ENOTDIR', 'leads through something that is no directory'],
      ['EACCES', 'may not be read by you'],
    ]);
    const reason = reasons.get(code);
    if (reason === undefined) throw error;
    throw new UserError('missing', { message: reason, place: { file: path } });
  }
}

function readNamed(kind: LibraryFile['kind'], name: string, beside: string): NamedText {
  if (isFileName(name)) {
    const fileName = beside === '.' ? name : resolve(beside, name);
    return { fileName, text: readTextFile(fileName) };
  }
  try {
    const { url } = findLibraryFile(kind, name);
    return { fileName: fileURLToPath(url), text: readFileSync(url, 'utf8') };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      error.code,
      error.mistakes.map(({ message, remedy = '' }) => ({
        message,
        remedy: `${remedy}; the name of a file ends in .yaml, .yml or .json`,
      })),
    );
  }
}

function noSuchFile(path: string): UserError {
  const near = nearestNames(basename(path), namesIn(dirname(path)), 1);
  const mistake = { message: 'there is no such file', place: { file: path } };
  const [best] = near;
  return new UserError(
    'missing',
    best === undefined ? mistake : { ...mistake, remedy: `did you mean ${best}?` },
  );
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // A directory that is not there has no names to suggest; the missing file is told anyway.
    return [];
  }
}
