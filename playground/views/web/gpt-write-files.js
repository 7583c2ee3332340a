// What can be taken away from "Write on": the text, every token with its numbers, the picture.
(() => {
  const TABLE = 'text/csv;charset=utf-8', JSONS = 'application/json';

  const textOf = ({ prompt, given, told }) => {
    const before = prompt.runs.filter(([, places]) => places.every((at) => at < given)).map(([text]) => text).join('');
    return before + told.map(({ text }) => text).join('');
  };
  const named = ({ others, ...token }) => ({ ...token, others: others.map(([id, piece, chance]) => ({ id, piece, chance })) });

  const record = (branch, line) => {
    const { base, settings, told, prompt, given, cut, left_out: lost, why, number, from, code } = branch;
    const beginning = { ...base, tokens: prompt.texts.slice(0, given), ids: prompt.ids.slice(0, given), cut, left_out: lost };
    return {
      model: base.model, text: textOf(branch), prompt: beginning, branch: number, from, settings, seed: settings?.seed, line, why,
      tokens: told.map(named), code,
    };
  };

  const table = ({ told, given }) => PG.csv([
    ['position', 'id', 'piece', 'probability', 'rank', 'drawn_with', 'entropy_bits'],
    ...told.map((one, i) => [given + i, one.id, one.piece, one.chance, one.rank, one.drawn ?? '', one.entropy]),
  ]);

  // The files of the room at hand.
  PG.gptFiles = (room) => {
    const written = (make) => () => room.now && make(room.now);
    return [
      { name: 'text.txt', make: written((branch) => PG.save('text.txt', textOf(branch))) },
      { name: 'tokens.json', make: written((branch) => PG.save('tokens.json', PG.json(record(branch, room.question.line)), JSONS)) },
      { name: 'tokens.csv', make: written((branch) => PG.save('tokens.csv', table(branch), TABLE)) },
      { name: 'figure.svg', make: () => PG.svgFile('figure.svg', room.question.make === 'beams' ? room.beams.root : room.card) },
    ];
  };
})();
