"""Which tokens are to be guessed in pre-training, and what the model sees in their place (BERT paper, section 3.1)."""

from dataclasses import dataclass

import numpy as np

MASKED, SWAPPED = 0.8, 0.9  # a second number below the first: [MASK]; below the second: any piece; else unchanged


@dataclass(frozen=True, eq=False)
class Hiding:
    """Arrays of the shape of the tokens."""

    shown: np.ndarray  # ids the model sees
    chosen: np.ndarray  # bool: to be guessed
    draws: np.ndarray  # the first number of every token: below the share, it is chosen
    fates: np.ndarray  # the second number, which counts for chosen tokens alone

    @property
    def masked(self) -> np.ndarray:
        return self.chosen & (self.fates < MASKED)

    @property
    def swapped(self) -> np.ndarray:
        return self.chosen & (self.fates >= MASKED) & (self.fates < SWAPPED)


def hide(
    ids: np.ndarray, open_: np.ndarray, share: float, mask: int, pool: np.ndarray, rng: np.random.Generator
) -> Hiding:
    """Choose `share` of the tokens that are `open_`; 80 % become `mask`, 10 % any id of `pool`, 10 % stay."""
    draws = rng.random(ids.shape)
    chosen = (draws < share) & open_
    fates = rng.random(ids.shape)
    hiding = Hiding(ids, chosen, draws, fates)
    shown = np.where(hiding.masked, mask, ids)
    shown = np.where(hiding.swapped, pool[rng.integers(len(pool), size=ids.shape)], shown)
    return Hiding(shown, chosen, draws, fates)
