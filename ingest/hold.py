"""Hold: a reader's claim on a generation, so that no run takes the folder away while a question is answered from it.

Chroma opens a generation's files when it needs them, not when it is opened; on Unix, where a file in use can be removed, a
question that began before a pruning would otherwise fail half-way. A hold is a shared lock on the manifest
(https://man7.org/linux/man-pages/man2/flock.2.html): it needs no writable disk and ends with its process, however that ends.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path

from ingest.manifest import MANIFEST, sync_folder

if sys.platform != "win32":  # there a folder in which a file is open cannot be renamed, which is hold enough
    import fcntl

logger = logging.getLogger(__name__)

REMOVING = ".removing-"


class Hold:
    """Holds a generation's folder from the moment it is made until `release`.

    Args:
        folder: the generation's folder.

    Raises:
        FileNotFoundError: the folder is gone, or was taken away just now.

    """

    def __init__(self, folder: Path) -> None:
        self._handle: int | None = None
        if sys.platform != "win32":
            manifest = folder / MANIFEST
            self._handle = os.open(manifest, os.O_RDONLY)
            try:
                _lock(self._handle, fcntl.LOCK_SH)  # waits for as long as a renaming takes
                if not os.path.samestat(os.fstat(self._handle), manifest.stat()):
                    raise FileNotFoundError(2, "was removed", str(folder))
            except OSError:
                self.release()
                raise

    def release(self) -> None:
        """Let go; once more does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def take_away(folder: Path) -> bool:
    """Remove a generation that no reader holds; False where one does, and on Windows where a file in it is open.

    It is renamed first, so that what a killed process leaves of it is no generation any more.
    """
    away = folder.with_name(REMOVING + folder.name)
    handle = None
    try:
        if sys.platform != "win32" and (folder / MANIFEST).is_file():
            handle = os.open(folder / MANIFEST, os.O_RDONLY)
            _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        folder.rename(away)
        sync_folder(folder.parent)  # its new name is durable before the first file is gone
    except OSError as error:
        logger.info("%s stays for now: %s", folder.name, error)
        return False
    finally:
        if handle is not None:
            os.close(handle)
    shutil.rmtree(away, ignore_errors=True)
    return True


def _lock(handle: int, how: int) -> None:
    """Lock a file; on a file system without locks go on without one."""
    if sys.platform != "win32":
        try:
            fcntl.flock(handle, how)
        except BlockingIOError:
            raise
        except OSError as error:
            logger.debug("Without a lock on this file system: %s", error)
