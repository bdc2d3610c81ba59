// Campaign files: what they say when something is wrong with them.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../engine/failure.ts';
import { checkCampaign, loadCampaign } from '../../../scenarios/campaign/load.ts';
import { edited } from '../library.ts';
import { base, campaign, campaignText } from './course.ts';

function messagesOf(text: string): readonly string[] {
  try {
    checkCampaign(loadCampaign(text, 'c.yaml'), base, 'c.yaml', text);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n');
    throw error;
  }
}

describe('the campaign of the library', () => {
  it('loads, fits its estate and has at least 120 cases', () => {
    expect(messagesOf(campaignText)).toEqual([]);
    expect(campaign.cases).toBeGreaterThanOrEqual(120);
    expect(campaign.kinds.steady?.utilisation).toEqual([0.1, 0.85]);
  });
});

describe('a mistake in a campaign', () => {
  it.each<[string, readonly [string, string], string]>([
    ['a bare number', ['pool: [2, 12]', 'pool: [2]'], 'kinds.steady.pool'],
    [
      'a range the wrong way round',
      ['rate: [25/s, 400/s]', 'rate: [400/s, 25/s]'],
      'kinds.steady.rate: the low end must not be above the high end; write [LOW, HIGH]',
    ],
    [
      'an unknown mode of commits',
      ['commitModes: [off, local,', 'commitModes: [off, lokal,'],
      'kinds.steady.commitModes[1]: "lokal" is not allowed here; did you mean local?',
    ],
    ['a misspelt kind', ['  steady:', '  stedy:'], 'unknown key "stedy"; did you mean steady?'],
    [
      'more standbys than the estate has',
      ['standbys: [1, 3]', 'standbys: [1, 4]'],
      'kinds.steady.standbys: draws up to 4 standbys, and the estate has 3; lower the upper end',
    ],
    [
      'a class twice in a mix',
      ['mixes: [[write], [job],', 'mixes: [[write, write],'],
      'kinds.steady.mixes[0]',
    ],
    ['no kind at all', [campaignText.slice(campaignText.indexOf('kinds:')), 'kinds: {}'], 'kinds:'],
  ])('is told where it stands: %s', (_, edit, message) => {
    const text = edited(campaignText, edit);
    const messages = messagesOf(text);
    expect(messages.join('\n')).toContain(message);
    for (const one of messages) expect(one).toMatch(/^c\.yaml:\d+ /);
  });
});
