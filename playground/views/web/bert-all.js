// Where the views inside the BERT room enter; this file is read before theirs. See bert-tabs.js for their order.
(() => {
  PG.bertViews = {};
  PG.bertTab = (tab) => { PG.bertViews[tab.key] = tab; };
})();
