// What was written from one beginning: branches that part from each other, each a text of its own.
(() => {
  const { el } = PG;
  const W = {
    branches: { en: 'Branches', zh: '分支' },
    trunk: { en: 'from the beginning', zh: '从开头起' },
    nothing: { en: '(nothing yet)', zh: '（还没有内容）' },
  };
  const SHOWN = 60; // characters of a branch in the list

  // A branch: base (the question whose tokens are the beginning), prompt (their payload), given (how many they are),
  // known (what the model thought of them), told (the tokens written since), left_out, cut, lead, from: {number, at}.
  class Tree {
    constructor() { this.branches = []; }

    clear() { this.branches = []; }

    enter(branch) {
      branch.number = this.branches.length + 1;
      this.branches.push(branch);
      return branch;
    }

    drop(branch) { this.branches = this.branches.filter((one) => one !== branch); }

    // A branch that nothing was read of yet.
    seed(base) {
      const prompt = { runs: [], texts: [], ids: [] };
      return { base: { ...base, more: [] }, prompt, given: 0, known: null, told: [], left_out: '', cut: 0, lead: 0, from: null };
    }

    // What stands before a place of a branch, as a branch of its own.
    sprout(branch, at) {
      const { base, prompt, given, lead, told, number } = branch, shared = { ...branch, from: { number, at }, why: null, code: '', text: '', settings: null };
      if (at >= given) return { ...shared, told: told.slice(0, at - given) };
      const more = prompt.ids.slice(lead, at);
      return { ...shared, base: { ...base, text: '', chat: false, more }, given: at, told: [] };
    }

    // The question about the text up to a place.
    asked({ base, prompt, given, lead, told }, at) {
      if (at < given) return { ...base, text: '', chat: false, more: prompt.ids.slice(lead, at) };
      return { ...base, more: [...base.more, ...told.slice(0, at - given).map(({ id }) => id)] };
    }

    // The server says what it read; what did not fit was cut, so that tokens written before may belong to the beginning now.
    seat(branch, { asked, tokens, left_out: lost, cut, lead }) {
      const kept = Math.min(branch.told.length, tokens.ids.length - lead), more = asked.more.length - kept;
      Object.assign(branch, {
        base: { ...asked, more: asked.more.slice(0, Math.max(0, more)) }, prompt: tokens, given: tokens.ids.length - kept, known: null, lead,
        told: kept ? branch.told.slice(-kept) : [], left_out: branch.left_out + lost, cut: branch.cut + cut,
      });
    }
  }

  PG.gptTree = () => new Tree();

  const depth = (branch, all) => {
    const parent = branch.from && all.find(({ number }) => number === branch.from.number);
    return parent ? 1 + depth(parent, all) : 0;
  };
  // Children right under their parents.
  const ordered = (all) => {
    const under = (number) => all.filter(({ from }) => (from?.number ?? null) === number).flatMap((one) => [one, ...under(one.number)]);
    return under(null);
  };
  const own = ({ told, given, from }) => told.slice(from ? Math.max(0, from.at - given) : 0).map(({ text }) => text).join('');
  const start = ({ from }) => (from ? { en: `leaves ${from.number} at token ${from.at}`, zh: `在第 ${from.at} 个词元处离开 ${from.number}` } : W.trunk);

  // The list of branches; one alone needs none.
  PG.gptBranches = (tree, now, onPick) => {
    const all = tree.branches;
    if (all.length < 2) return null;
    const item = (branch) => {
      const text = own(branch).replace(/\s+/g, ' ').trim();
      return el('li', { style: { 'margin-left': `${Math.min(depth(branch, all), 6) * .875}rem` } }, el('button', {
        class: 'write-branch', type: 'button', 'aria-pressed': String(branch === now), onclick: () => onPick(branch),
      }, el('b', { class: 'mono', text: branch.number }), el('span', { class: 'write-branch-text', dir: 'auto', text: text.slice(0, SHOWN) || PG.t(W.nothing) }),
      el('span', { class: 'hint' }, start(branch), branch.settings ? [' · ', PG.gptSaid(branch.settings)] : null)));
    };
    const head = el('h3', { class: 'label' }, PG.icon('branch'), ' ', W.branches);
    return el('section', { class: 'write-branches' }, head, el('ol', {}, ordered(all).map(item)));
  };
})();
