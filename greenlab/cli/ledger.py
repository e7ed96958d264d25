"""`greenlab ledger`.

greenlab ledger ACTION --help shows more. Kernels may be running meanwhile.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from greenlab.cli import files, safe_output
from greenlab.cli.common import moment
from greenlab.cli.errors import FailedError, UsageError
from greenlab.ledger import default_path, ledger_warnings, schema
from greenlab.ledger.file_identity import NotAFile
from greenlab.units import count

NAME: Final = "ledger"
HELP: Final = "merge, compact, check, back up or exchange ledgers"

_MERGE: Final = (
    "FILE is another ledger, or what ledger export wrote. Files may come in any order and as "
    "often as you like: nothing is lost or counted twice, and the second time only what is new "
    "is read. What was deleted in one ledger stays deleted. FILE itself is only read."
)
_EXPORT: Final = (
    "The file is compressed JSON lines, for greenlab ledger merge. The command prints a mark: "
    "given to --since the next time, the file has only what is new."
)
_COMPACT: Final = (
    "Records of days before WHEN become sums by day, notebook and kernel. Reports and run "
    "cards stay the same; the single records are gone for good, also from exports. Records "
    "that were merged stay as they are unless you add --merged: do so only in the ledger in "
    "which all the others come together."
)
_VERIFY: Final = "The exit code is 1 if anything is wrong."
_BACKUP: Final = "FILE becomes a complete ledger; a former one is replaced once it is."
_BUSY_S: Final = 30.0
"""How long to wait for kernels, which write for a few milliseconds each."""
_SETTLED: Final = timedelta(days=7)
"""Records may change some days after: a younger one is not compacted."""

_ERRORS: Final = (OSError, sqlite3.Error, schema.NotOurs, schema.Newer, NotAFile)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The five things to do with a ledger."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    merge = _action(actions, "merge", _merge, "bring in what other ledgers hold", _MERGE)
    merge.add_argument("files", nargs="+", type=Path, metavar="FILE")
    export = _action(actions, "export", _export, "write what a merge elsewhere needs", _EXPORT)
    export.add_argument("-o", "--output", type=Path, metavar="FILE", required=True)
    export.add_argument(
        "--since", type=int, metavar="MARK", help="only what is new since an export's mark"
    )
    compact = _action(actions, "compact", _compact, "make daily sums of old records", _COMPACT)
    compact.add_argument(
        "--before",
        type=moment,
        metavar="WHEN",
        required=True,
        help="the first day that stays as it is: a date, or an age, as in report --since",
    )
    compact.add_argument(
        "--merged", action="store_true", help="also records that came from other ledgers"
    )
    _action(actions, "verify", _verify, "check the file, its records and its sums", _VERIFY)
    backup = _action(actions, "backup", _backup, "copy the whole ledger", _BACKUP)
    backup.add_argument("file", type=Path, metavar="FILE")


def run(args: argparse.Namespace) -> int:
    """Do what is asked."""
    action: Callable[[argparse.Namespace], int] = args.act
    return action(args)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    act: Callable[[argparse.Namespace], int],
    help_: str,
    more: str,
) -> argparse.ArgumentParser:
    said = f"{help_[0].upper()}{help_[1:]}."
    parser = actions.add_parser(name, help=help_, description=said, epilog=more)
    parser.set_defaults(act=act)
    return parser


def _merge(args: argparse.Namespace) -> int:
    from greenlab.ledger import merging

    failed = 0
    with _opened() as connection:
        for file in args.files:
            try:
                if file.samefile(default_path()):
                    raise UsageError(f"{file} is this ledger itself: name another one")
                merged = merging.merge(connection, file)
            except (*_ERRORS, ValueError) as error:
                failed += 1
                safe_output.say(f"{file} was not merged: {_why(error)}")
                continue
            parts = [count(merged.records, "new record")]
            if merged.forgotten:
                parts.append(f"{merged.forgotten} deleted")
            if merged.sums:
                parts.append(count(merged.sums, "compacted day"))
            print(f"{file}: {', '.join(parts)}")
    return FailedError.code if failed else 0


def _export(args: argparse.Namespace) -> int:
    from greenlab.ledger import exchange

    with (
        _opened() as connection,
        files.replaced_by(args.output) as made,
        made.open("wb") as out,
    ):
        records, mark = exchange.write(connection, out, args.since)
    print(f"{count(records, 'record')} in {args.output}; next time: --since {mark}")
    return 0


def _compact(args: argparse.Namespace) -> int:
    from greenlab.ledger import compaction, forgetting

    day: datetime = args.before
    if day > datetime.now().astimezone() - _SETTLED:
        raise UsageError(
            f"records of the last {_SETTLED.days} days may still change: name an earlier day, "
            "as in --before 90d"
        )
    with _opened() as connection:
        before = day.date().isoformat()
        compacted = compaction.compact(connection, before, others=args.merged)
        swept = forgetting.swept(connection) if compacted else True
    print(f"{count(compacted, 'record')} from before {before} compacted")
    if not swept:
        safe_output.say(
            "Another program reads the ledger just now: the file shrinks the next time."
        )
    return 0


def _verify(_args: argparse.Namespace) -> int:
    from greenlab.ledger import verifying

    with _opened() as connection:
        found = verifying.verify(connection)
        (records,) = connection.execute("SELECT count(*) FROM record").fetchone()
    for sentence in found:
        print(f"{sentence[0].upper()}{sentence[1:]}.")
    if not found:
        print(f"{default_path()} is whole: {count(records, 'record')}")
    return FailedError.code if found else 0


def _backup(args: argparse.Namespace) -> int:
    file: Path = args.file
    if file.exists() and default_path().exists() and file.samefile(default_path()):
        raise UsageError(f"{file} is this ledger itself: name another file")
    with _opened() as connection, files.replaced_by(file) as made:
        connection.execute("VACUUM INTO ?", (str(made),))
        made.chmod(0o600)  # as the ledger: which notebooks ran is nobody's business
    print(f"the ledger is in {file}")
    return 0


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    """This user's ledger.

    Raises:
        FailedError: it cannot be used.
    """
    path = default_path()
    try:
        with closing(schema.connect(path, _BUSY_S)) as connection:
            yield connection
    except _ERRORS as error:
        raise FailedError(ledger_warnings.describe(path, error)) from error


def _why(error: Exception) -> str:
    """Why a file cannot be merged, and what to do."""
    if isinstance(error, schema.Newer):
        return "a later greenlab wrote it. Update greenlab here"
    if isinstance(error, ValueError):
        return f"it is not whole ({error}). Export it again"
    if isinstance(error, OSError):
        return f"{error.strerror or error}"
    if isinstance(error, schema.NotOurs | sqlite3.DatabaseError):
        return f"it is no ledger that can be read ({error})"
    return str(error)
