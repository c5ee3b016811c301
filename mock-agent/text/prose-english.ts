import { drawOne } from '../../proto/draws.ts';
import type { Prose } from './prose.ts';

const times = [
  'At dawn',
  'Late that winter',
  'After the rain',
  'On the last day of the fair',
  'Before sunrise',
  'One quiet evening',
  'Many years ago',
  'When the tide went out',
  'In the first week of spring',
] as const;

const people = [
  'the old carpenter',
  'the lighthouse keeper',
  'a young mail carrier',
  'the owner of the bookshop',
  'a child who had lost her way',
  'the watchmaker',
  'the ferryman',
  'a painter just come home',
] as const;

const deeds = [
  'opened a door that had been shut for years',
  'read a letter that nobody had signed',
  'heard a bell across the water',
  'hung the last lamp in the window',
  'met a cat that could speak',
  'planted a very small oak',
  'remembered a story of her grandmother',
  'picked up a rusty key',
] as const;

const places = [
  'at the foot of the mountain',
  'by the old pier',
  'in the dusty attic',
  'beside the stone bridge',
  'at the empty station',
  'above the cliffs',
  'in a garden full of bees',
  'near the frozen lake',
] as const;

const turns = [
  'and decided to leave in the morning',
  'and the questions only grew',
  'and even the wind held still',
  'and never went away again',
  'and the world was suddenly quiet',
  'and told no one about it',
  'and so everything began',
  'and nobody knew what would come of it',
] as const;

/** English stories. A sentence consists of time, person, action, place and result. */
export const englishProse: Prose = {
  sentence(draw) {
    const [time, who] = [drawOne(draw, times), drawOne(draw, people)];
    const opening = draw() < 0.5 ? `${time}, ${who}` : who.charAt(0).toUpperCase() + who.slice(1);
    const sentence = `${opening} ${drawOne(draw, deeds)} ${drawOne(draw, places)}`;
    return draw() < 0.7 ? `${sentence} ${drawOne(draw, turns)}` : sentence;
  },
  longestSentence: 170,
  stop: '.',
  gap: ' ',
  comma: ', ',
  phrases: new Map([
    [2, ['so', 'as']],
    [3, ['yes', 'now']],
    [4, ['soon', 'home']],
    [5, ['again', 'still']],
    [6, ['slowly', 'gladly']],
    [7, ['at last', 'at dawn']],
    [8, ['in peace', 'together']],
    [9, ['once more', 'with care']],
    [10, ['until dawn', 'by the sea']],
    [11, ['like a song', 'in the snow', 'in the rain']],
    [12, ['year by year', 'by the river']],
    [13, ['under the sky', 'with the tide']],
    [14, ['near the shore', 'under the moon']],
    [15, ['all winter long', 'under the stars']],
  ]),
};
