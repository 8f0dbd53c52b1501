"""A branch at a git remote, read and written by git's plumbing alone.

Trees are made in an index of their own below a temporary folder, so the owner's work tree and
index are never touched; of the owner's repository only the object store grows, and one ref below
`refs/tidepost/` keeps what was fetched. Sources: gitrepository-layout(5), git-push(1)
on --force-with-lease, git-update-index(1) on --index-info.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from generator.adapters.hosts.programs import Ran, find_program, run
from generator.publish.store import StoreError

_LOCAL_VARIABLES = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)
"""What git sets for its hooks, from one of which this may be run."""

_LOST_RACE = ("stale info", "fetch first", "non-fast-forward", "cannot lock ref", "already exists")
_INSTALL = "install git from https://git-scm.com, or by your system's packages"


class Blob(msgspec.Struct, frozen=True):
    """A file of a tree; `size` is in bytes, -1 where it was not asked for."""

    mode: str
    id: str
    size: int = -1


class Commit(msgspec.Struct, frozen=True):
    """A commit of the branch with its parents and its message."""

    id: str
    parents: tuple[str, ...]
    message: str


class Branch:
    """A branch at a remote. `root` is the site's folder, `spare` where a repository is made for a
    site that is in none. Every method may raise StoreError."""

    def __init__(self, root: Path, spare: Path, remote: str, name: str) -> None:
        self.remote, self.name = remote, name
        self._program = find_program("git", _INSTALL)
        self._ref = f"refs/tidepost/{name}"
        found = self._run(["-C", str(root), "rev-parse", "--absolute-git-dir"])
        self._own = found.code == 0
        self._git_dir = found.out.strip() if self._own else str(spare)
        if not self._own and not (spare / "HEAD").is_file():
            spare.parent.mkdir(parents=True, exist_ok=True)
            self._must(self._run(["init", "--quiet", "--bare", str(spare)]), "git init")
        self._format = self._git("rev-parse", "--show-object-format").strip()

    def fetch(self) -> str:
        """Bring what the branch holds here; return its newest commit, empty where there is none."""
        tip = self.tip()
        have = self._try("rev-parse", "--verify", "--quiet", f"{self._ref}^{{commit}}")
        if tip and have.out.strip() != tip:
            quiet = ["fetch", "--quiet", "--no-tags", "--no-prune", "--no-write-fetch-head"]
            refs = f"+refs/heads/{self.name}:{self._ref}"
            self._far(*quiet, "--no-recurse-submodules", "--", self.remote, refs)
        return tip

    def tip(self) -> str:
        """Ask the remote for the branch's newest commit; empty where there is no such branch."""
        told = self._far("ls-remote", "--heads", "--", self.remote, f"refs/heads/{self.name}")
        lines = (line.split("\t") for line in told.out.splitlines())
        return next((id_ for id_, ref in lines if ref == f"refs/heads/{self.name}"), "")

    def is_source(self, tip: str) -> bool:
        """Whether the branch holds what the site is made from: it is checked out, or has commits
        in common with what is."""
        if not self._own:
            return False
        head = self._try("symbolic-ref", "--quiet", "--short", "HEAD")
        if head.out.strip() == self.name:
            return True
        return bool(tip) and self._try("merge-base", "HEAD", tip).code == 0

    def files(self, commit: str) -> dict[str, Blob]:
        """Return the files of a commit, or of a tree, by path."""
        found = {}
        listed = self._git("ls-tree", "-r", "-z", "-l", "--full-tree", commit)
        for line in listed.split("\0")[:-1]:
            told, _, path = line.partition("\t")
            mode, kind, id_, size = told.split()
            if kind == "blob":
                found[path] = Blob(mode, id_, int(size))
        return found

    def log(self, tip: str, most: int = 0) -> list[Commit]:
        """Return the commits of the branch, the newest first; `most` of them, or all."""
        limit = [f"--max-count={most}"] if most else []
        form = "--format=%H%x00%P%x00%B%x00"
        told = self._git("log", "--first-parent", *limit, form, tip, "--").split("\0")[:-1]
        return [
            Commit(id_.strip(), tuple(parents.split()), message)
            for id_, parents, message in zip(told[::3], told[1::3], told[2::3], strict=True)
        ]

    def read(self, blob: str) -> bytes | None:
        """Return the content of a blob, or None where it is not here."""
        ran = self._try("cat-file", "blob", blob)
        return ran.out.encode("utf-8", "surrogateescape") if ran.code == 0 else None

    def blob_id(self, content: Iterable[bytes], size: int) -> str:
        """Return the id that git gives to a content of this many bytes."""
        made = hashlib.new(self._format, f"blob {size}\0".encode(), usedforsecurity=False)
        for part in content:
            made.update(part)
        return made.hexdigest()

    def add(self, contents: Sequence[bytes]) -> list[str]:
        """Store contents, and return their ids."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, str(number)) for number in range(len(contents))]
            for path, content in zip(paths, contents, strict=True):
                path.write_bytes(content)
            return self.add_files(paths)

    def add_files(self, paths: Sequence[Path], keep: Callable[[], None] | None = None) -> list[str]:
        """Store files byte for byte, and return their ids."""
        if not paths:
            return []
        given = "".join(f"{path.absolute().as_posix()}\n" for path in paths).encode()
        command = ("hash-object", "-w", "--no-filters", "--stdin-paths")
        return self._git(*command, stdin=given, keep=keep).split()

    def tree(self, files: Mapping[str, Blob]) -> str:
        """Make a tree of files, and return its id."""
        given = "".join(f"{blob.mode} {blob.id}\t{path}\0" for path, blob in sorted(files.items()))
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            raw = given.encode("utf-8", "surrogateescape")
            self._git("update-index", "-z", "--add", "--index-info", stdin=raw, env=env)
            return self._git("write-tree", env=env).strip()

    def commit(self, tree: str, parents: Iterable[str], message: str, like: str = "") -> str:
        """Make a commit and return its id; with author and times of the commit `like`."""
        env = self._times_of(like) if like else {}
        if self._try("var", "GIT_COMMITTER_IDENT", env=env).code:
            for who in ("AUTHOR", "COMMITTER"):
                env.setdefault(f"GIT_{who}_NAME", "Tidepost")
                env.setdefault(f"GIT_{who}_EMAIL", "tidepost@localhost.invalid")
        above = [part for parent in parents for part in ("-p", parent)]
        command = ("commit-tree", *above, "-F", "-", tree)
        return self._git(*command, stdin=message.encode(), env=env).strip()

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        return self._git("rev-parse", f"{commit}^{{tree}}").strip()

    def push(self, old: str, new: str, keep: Callable[[], None] | None = None) -> bool:
        """Make `new` the branch's newest commit if that still is `old` (empty: none); say whether.

        The remote compares and swaps under its own lock. Hooks of the owner's are not run.
        """
        ran = self._far(
            *("-c", "push.followTags=false", "-c", "push.gpgSign=if-asked"),
            *("push", "--porcelain", "--no-verify", "--recurse-submodules=no"),
            f"--force-with-lease=refs/heads/{self.name}:{old}",
            *("--", self.remote, f"{new}:refs/heads/{self.name}"),
            keep=keep,
            may_fail=True,
        )
        if ran.code:
            there = self.tip()
            if there != new:  # else it is the answer that was lost
                refused = any(sign in ran.out + ran.err for sign in _LOST_RACE)
                if refused or there != old:
                    return False
                raise _far_error(ran, self.remote, self.name)
        self._git("update-ref", self._ref, new)
        return True

    def try_push(self) -> None:
        """Ask the remote whether something could be pushed, and push nothing."""
        empty = self._git("hash-object", "-t", "tree", "-w", "--stdin").strip()
        probe = self.commit(empty, [], "A probe")
        name = f"refs/heads/{self.name}-tidepost-probe"
        command = ("push", "--dry-run", "--no-verify", "--recurse-submodules=no", "--")
        self._far(*command, self.remote, f"{probe}:{name}")

    def _times_of(self, commit: str) -> dict[str, str]:
        parts = ("NAME", "EMAIL", "DATE")
        names = [f"{who}_{part}" for who in ("AUTHOR", "COMMITTER") for part in parts]
        form = "--format=%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd"
        told = self._git("log", "-1", "--date=raw", form, commit).rstrip("\n").split("\0")
        return {f"GIT_{name}": value for name, value in zip(names, told, strict=True)}

    def _far(
        self, *arguments: str, keep: Callable[[], None] | None = None, may_fail: bool = False
    ) -> Ran:
        """Run what speaks with the remote."""
        ran = self._try(*arguments, keep=keep)
        if ran.code and not may_fail:
            raise _far_error(ran, self.remote, self.name)
        return ran

    def _git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        keep: Callable[[], None] | None = None,
    ) -> str:
        ran = self._try(*arguments, stdin=stdin, env=env, keep=keep)
        self._must(ran, f"git {arguments[0]}")
        return ran.out

    def _try(
        self,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        keep: Callable[[], None] | None = None,
    ) -> Ran:
        command = [f"--git-dir={self._git_dir}", *arguments]
        return self._run(command, stdin=stdin, env=env, keep=keep)

    def _run(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        keep: Callable[[], None] | None = None,
    ) -> Ran:
        more = dict(env or {})
        if not (sys.stdin and sys.stdin.isatty()):
            more["GIT_TERMINAL_PROMPT"] = "0"  # nobody is there to be asked for a password
        return run(
            [self._program, *arguments], stdin=stdin, env=more, unset=_LOCAL_VARIABLES, keep=keep
        )

    @staticmethod
    def _must(ran: Ran, what: str) -> None:
        if ran.code:
            raise StoreError(f"{what} failed: {ran.said}")


_SAID = (
    (
        ("could not read Username", "Authentication failed", "Invalid username", "HTTP 401"),
        "this machine has no right there: sign in (`gh auth login`, a credential helper), or give "
        "the remote an address with ssh",
    ),
    (
        ("Permission denied (publickey", "Permission denied, please try again"),
        "the server does not know this machine's ssh key: add it there, or name the right one in "
        "~/.ssh/config",
    ),
    (
        ("Host key verification failed",),
        "the server's key is not known here, or not the one it was: connect once by hand with "
        "`ssh`, and compare what it shows with what the host says of its keys",
    ),
    (
        ("error: 403", "Permission to", "HTTP 403", "not allowed to push", "access denied"),
        "this account may read and not write: in a pipeline give the job the right to write "
        "(`contents: write` at GitHub)",
    ),
    (
        ("protected branch", "GH006", "pre-receive hook declined"),
        "the host protects this branch: allow pushes with force by whoever publishes, or name "
        "another one with publish.branch",
    ),
    (
        ("No such remote", "does not appear to be a git repository", "not found", "not exist"),
        "`git remote -v` lists the remotes; publish.remote names one of them, or an address",
    ),
    (("Could not resolve host", "unable to access", "timed out"), "is this machine online?"),
)


def _far_error(ran: Ran, remote: str, branch: str) -> StoreError:
    said = ran.said
    rejected = [line for line in ran.out.splitlines() if line.startswith("!")]
    if rejected:  # the line of --porcelain: flag, refs, reason
        said = f"{rejected[0].rpartition(chr(9))[2]}. {said}"
    hint = next((hint for signs, hint in _SAID if any(s in said for s in signs)), "")
    return StoreError(f"git cannot use the branch `{branch}` of `{remote}`: {said}", hint)
