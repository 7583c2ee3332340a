// Where the views inside the GPT room enter; this file is read before theirs. See gpt-tabs.js for their order.
(() => {
  PG.gptViews = {};
  PG.gptTab = (tab) => { PG.gptViews[tab.key] = tab; };
})();
