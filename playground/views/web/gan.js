// The GAN room: two ways to watch the game, in the plane and with pictures. The way is kept in the address.
(() => {
  const W = {
    title: { en: 'learns to forge by trying to fool a critic', zh: '在骗过鉴定者的过程中学会造假' },
    lead: {
      en: 'The generator turns noise into fakes. The discriminator learns to tell fakes from real data, and the slope of its opinion shows the generator which way to go.',
      zh: '生成器把噪声变成假样本；判别器学着分辨真假，而它的评分往哪边升高，就告诉生成器该往哪边改进。',
    },
    plane: { en: 'In the plane', zh: '平面上' },
    pictures: { en: 'Pictures', zh: '图片' },
    ways: { en: 'Two ways to watch', zh: '两种看法' },
  };

  PG.widget('gan', (root, value) => {
    const rooms = {},
      ways = [{ key: 'plane', label: W.plane, draw: (host) => { rooms.plane = PG.ganPlane(host, value.plane); } }];
    if (PG.ganPictures && value.pictures) ways.push({ key: 'pictures', label: W.pictures, draw: (host) => { rooms.pictures = PG.ganPictures(host, value.pictures); } });
    const wish = PG.query.get('gan'),
      first = ways.some(({ key }) => key === wish) ? wish : 'plane';
    let now = first;
    const onShow = (key) => {
      if (key === now) return;
      rooms[now]?.rest?.(); // what nobody sees does not train
      now = key;
      PG.inAddress('gan', key, true);
    };
    PG.fill(root, PG.roomHead({ kicker: 'GAN', title: W.title, lead: W.lead, cite: 'Goodfellow et al. 2014' }));
    const tabs = PG.tabs(ways, { label: W.ways, pick: first, onShow });
    tabs.root.classList.add('ways-in');
    root.append(tabs.root);
  });
})();
