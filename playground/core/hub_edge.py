"""Where the house touches the network: three questions to the Hub, each answered or turned into a sentence."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future
from errno import ENOSPC
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from playground.core import hub_words as words
from playground.core import limits
from playground.core.words import Wrong

T = TypeVar("T")
log = logging.getLogger(__name__)
PIECE = 2**20  # bytes between two reports of a download
os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"  # else transformers asks a foreign service to convert other formats


class Cancelled(Exception):
    """Raised through a download that nobody waits for any more."""


class Edge:
    """The only lines that touch the network; `endpoint` stands for another Hub, in tests."""

    def __init__(self, endpoint: str | None = None) -> None:
        self.endpoint = endpoint

    def api(self) -> Any:
        from huggingface_hub import HfApi

        return HfApi(endpoint=self.endpoint)

    def info(self, id: str) -> Any:
        return self.api().model_info(id, files_metadata=True, token=False, timeout=limits.HUB_SECONDS)

    def reach(self) -> None:
        """Raises if the Hub does not answer."""
        from huggingface_hub import constants, get_session

        get_session().head(self.endpoint or constants.ENDPOINT, timeout=limits.HUB_SECONDS)

    def download(self, id: str, sha: str, name: str, folder: Path, on_bytes: Callable[[int], None]) -> None:
        """Put one file into `folder`; `on_bytes` hears of every piece and may raise to stop."""
        from huggingface_hub import constants, hf_hub_download
        from huggingface_hub.utils.tqdm import tqdm

        class Bar(tqdm):
            def __init__(self, *args: Any, **named: Any) -> None:
                super().__init__(*args, **{**named, "disable": True})

            def update(self, n: float | None = 1) -> None:
                on_bytes(int(n or 0))

        constants.HF_HUB_DISABLE_XET = True  # its own threads would swallow a cancellation
        constants.DOWNLOAD_CHUNK_SIZE = PIECE
        hf_hub_download(
            id,
            name,
            revision=sha,
            local_dir=folder,
            token=False,
            etag_timeout=limits.HUB_SECONDS,
            tqdm_class=Bar,
            endpoint=self.endpoint,
        )


EDGE = Edge()


def _within(seconds: float | None, ask: Callable[[], T]) -> T:
    """What `ask` returns, or TimeoutError: looking up a host name has a patience of its own."""
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=run, daemon=True, name="hub").start()
    return answer.result(seconds)


def hear(ask: Callable[[], T], seconds: float | None) -> T:
    """`ask` the Hub; whatever goes wrong becomes one sentence."""
    from huggingface_hub import errors

    try:
        return _within(seconds, ask)
    except (Cancelled, Wrong):
        raise
    except errors.GatedRepoError:
        raise Wrong(*words.GATED) from None
    except errors.DisabledRepoError:
        raise Wrong(*words.DISABLED) from None
    except (errors.RepositoryNotFoundError, errors.EntryNotFoundError) as error:
        lost = isinstance(error, errors.LocalEntryNotFoundError)
        raise Wrong(*(words.OFFLINE if lost else words.NOT_FOUND)) from None
    except errors.HFValidationError:
        raise Wrong(*words.BAD_ID) from None
    except errors.HfHubHTTPError as error:
        raise words.hub_error(error.response.status_code) from None
    except Exception as error:
        if getattr(error, "errno", None) == ENOSPC:
            raise Wrong(*words.DISK_FULL) from None
        log.info("the Hub cannot be reached: %s", error)
        raise Wrong(*words.OFFLINE) from None


def reach(edge: Edge = EDGE) -> None:
    """Wrong if the Hub does not answer."""
    hear(edge.reach, limits.HUB_SECONDS + 1)
