import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run_language_detection, setup, teardown } from '../../examples/nlp/runner_adapter.js';

beforeAll(setup);
afterAll(teardown);

/** The first sentence of the Universal Declaration of Human Rights, or the like, by language. */
const SENTENCES: [string, string][] = [
  ['ar', 'يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.'],
  ['bg', 'Всички хора се раждат свободни и равни по достойнство и права.'],
  ['cs', 'Všichni lidé se rodí svobodní a sobě rovní co do důstojnosti a práv.'],
  ['da', 'Alle mennesker er født frie og lige i værdighed og rettigheder.'],
  ['de', 'Alle Menschen sind frei und gleich an Würde und Rechten geboren.'],
  ['el', 'Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.'],
  ['en', 'All human beings are born free and equal in dignity and rights.'],
  ['es', 'Todos los seres humanos nacen libres e iguales en dignidad y derechos.'],
  ['fi', 'Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.'],
  ['fr', 'Tous les êtres humains naissent libres et égaux en dignité et en droits.'],
  ['he', 'כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.'],
  ['hi', 'सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।'],
  ['hu', 'Minden emberi lény szabadon születik és egyenlő méltósága és joga van.'],
  ['it', 'Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.'],
  ['ja', 'すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。'],
  ['ko', '모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.'],
  ['nl', 'Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.'],
  ['pl', 'Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.'],
  ['pt', 'Todos os seres humanos nascem livres e iguais em dignidade e em direitos.'],
  ['ro', 'Toate ființele umane se nasc libere și egale în demnitate și în drepturi.'],
  ['ru', 'Все люди рождаются свободными и равными в своём достоинстве и правах.'],
  ['sv', 'Alla människor är födda fria och lika i värde och rättigheter.'],
  ['th', 'มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ'],
  ['tr', 'Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.'],
  ['uk', 'Всі люди народжуються вільними і рівними у своїй гідності та правах.'],
  ['vi', 'Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền lợi.'],
  ['zh', '人人生而自由，在尊严和权利上一律平等。'],
];

describe('language detection', () => {
  it.each(SENTENCES)('recognises a sentence in %s', async (language, text) => {
    const found = await run_language_detection(text);
    expect(found.language).toBe(language);
    expect(found.probability).toBeGreaterThan(0.7);
    expect(found.probability).toBeLessThanOrEqual(1);
  });

  it.each(['', '   ', '12345 67', '!?…', '🙂🙃', '+49 (0) 89'])('"%s" has no language', async (text) => {
    expect(await run_language_detection(text)).toEqual({ language: 'und', probability: 0, reliable: false });
  });

  it('a text far longer than is sampled is recognised', async () => {
    expect((await run_language_detection('Dieser Satz ist nicht sehr lang. '.repeat(5000))).language).toBe(
      'de',
    );
  });

  it('texts at the same time do not disturb each other', async () => {
    const found = await Promise.all(SENTENCES.map(([, text]) => run_language_detection(text)));
    expect(found.map(({ language }) => language)).toEqual(SENTENCES.map(([language]) => language));
  });
});
