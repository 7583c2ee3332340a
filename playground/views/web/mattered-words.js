// What the methods of "What mattered" are called.
(() => {
  const METHODS = {
    rollout: {
      name: { en: 'Attention rollout', zh: '注意力展开' }, short: { en: 'rollout', zh: '展开' },
      say: { en: 'share of each token, if layers only mixed', zh: '若各层只做混合，每个词元占多少' },
    },
    flow: {
      name: { en: 'Attention flow', zh: '注意力流' }, short: { en: 'flow', zh: '流' },
      say: { en: 'the most that could flow from it', zh: '从它那里最多能流来多少' },
    },
    valued: {
      name: { en: 'Value-weighted', zh: '按值加权' }, short: { en: 'valued', zh: '值加权' },
      say: { en: 'rollout of what is moved, not of weights', zh: '展开的是被搬运的向量，而非权重' },
    },
    gradient: {
      name: { en: 'Gradient × input', zh: '梯度 × 输入' }, short: { en: 'gradient', zh: '梯度' }, signed: true,
      say: { en: 'what one small step along it would change', zh: '沿它走一小步会改变多少' },
    },
    integrated: {
      name: { en: 'Integrated gradients', zh: '积分梯度' }, short: { en: 'integrated', zh: '积分' }, signed: true,
      say: { en: 'its gradients, added up from nothing to it', zh: '从“空”到它，一路累加梯度' },
    },
    occlusion: {
      name: { en: 'Occlusion', zh: '遮挡' }, short: { en: 'occlusion', zh: '遮挡' }, signed: true,
      say: { en: 'what the logit loses without it', zh: '没有它，logit 损失多少' },
    },
  };
  PG.ways = METHODS;
})();
