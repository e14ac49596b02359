"""Which of our modules a script reaches, and the digest of their code.

Snakemake sees the edit of a rule, not of what the rule's script imports. So every rule carries the
digest of all modules that its script may import, imports inside functions included: an edit reruns
what it changes. Docstrings, comments and layout are not in it. The rooms `workflow`, `problems` and
`progress` are left out: they run, explain and count, and make no number.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from spuriverse.problems import Problem

SOURCES = Path(__file__).parents[2]
"""The folder that holds our package."""

PACKAGE = "spuriverse"
MAKES_NO_NUMBER = frozenset({"workflow", "problems", "progress"})
CODE_CACHE = Path(cache_from_source(__file__)).with_name("spuriverse-code.json")
"""What was read in every file, by the digest of its content.

It lies beside what Python compiles, so that runs in any folder share it.
"""

_OWN = "{__name__}"


@dataclass(frozen=True)
class Source:
    """What a file of ours does, and what it asks for.

    Attributes:
        digest: SHA-256 of its syntax tree, without docstrings.
        imports: (level, module, name), as in `from ..module import name`; no name for `import`.
        finds: Packages of which it loads modules by names that it computes.
        reads: Packages whose files of data it reads. Its own package is `{__name__}`.
    """

    digest: str
    imports: list[tuple[int, str, str]]
    finds: list[str]
    reads: list[str]


class Code:
    """Our modules as files. What was read of each content is cached."""

    def __init__(self, kept: Path | None = None, sources: Path = SOURCES) -> None:
        """
        Args:
            kept: The file in which what was read is kept; None for none.
            sources: The folder that holds our package.
        """
        self._sources, self._cache = sources, kept
        self._known = _read_cache(kept) if kept else {}
        self._used: dict[str, Source] = {}
        self._is_new = False
        # Dozens of scripts import hundreds of modules, so nothing is looked up twice.
        self._next = cache(self._ask)
        self._find = cache(self._look_up)
        self._parents = cache(self._packages_around)
        self._offered = cache(self._read_stub)
        self._line = cache(self._describe)

    def digest(self, *roots: str | Path) -> str:
        """Return the digest of what some scripts or modules do, all that they reach included.

        Args:
            roots: Paths of scripts, or full names of modules of ours.

        Raises:
            Problem: A file or module is gone, or is not Python.
        """
        lines = sorted(map(self._line, self.reached(*roots)))
        return _sha256("\n".join(lines).encode())[:20]

    def reached(self, *roots: str | Path) -> set[Path]:
        """Return the files that some scripts or modules reach, those that they read included.

        Args:
            roots: As in `digest`.

        Raises:
            Problem: As in `digest`.
        """
        waiting: list[Path] = []
        for root in roots:
            files = [root] if isinstance(root, Path) else self._find(root, "")
            if not files:
                raise Problem(f"There is no module {root} in {self._sources}.")
            waiting += files
        found: set[Path] = set()
        while waiting:
            if (path := waiting.pop()) not in found:
                found.add(path)
                waiting += self._next(path) - found
        return found

    def save(self) -> None:
        """Write the cache, if anything was read that it did not have."""
        if self._cache is None or not self._is_new:
            return
        content = {"by": _this_version(), "read": {k: asdict(v) for k, v in self._used.items()}}
        # Not atomic, unlike results: a process that finds half of it reads the files again.
        with suppress(OSError):
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            self._cache.write_text(json.dumps(content), encoding="utf-8")

    def _describe(self, path: Path) -> str:
        """The line of a file in what is digested; a script has no name there."""
        ours = path.is_relative_to(self._sources)
        name = path.relative_to(self._sources).as_posix() if ours else ""
        is_code = path.suffix == ".py"
        return f"{name} {self._source(path).digest if is_code else _sha256(_content(path))}"

    def _source(self, path: Path) -> Source:
        content = _content(path)
        key = _sha256(content)
        if key not in self._known:
            self._known[key] = read_source(content, path)
            self._is_new = True
        self._used[key] = self._known[key]
        return self._used[key]

    def _ask(self, path: Path) -> frozenset[Path]:
        """The files that are asked for by a file itself."""
        if path.suffix != ".py":
            return frozenset()
        source, package = self._source(path), self._package_of(path)
        found: list[Path] = []
        for level, module, name in source.imports:
            found += self._find(absolute(level, module, package), name)
        for module in source.finds:
            found += self._all_of(module.replace(_OWN, package).rstrip("."))
        for module in source.reads:
            found += self._data_of(module.replace(_OWN, package))
        return frozenset(found)

    def _package_of(self, path: Path) -> str:
        inside = path.is_relative_to(self._sources)
        return ".".join(path.parent.relative_to(self._sources).parts) if inside else ""

    def _look_up(self, module: str, name: str) -> list[Path]:
        """The files that are loaded by `from module import name`, or by `import module`."""
        parts = module.split(".")
        if parts[0] != PACKAGE or (len(parts) > 1 and parts[1] in MAKES_NO_NUMBER):
            return []
        place = self._sources.joinpath(*parts)
        # A folder of data may have the name of a module.
        if not _is_package(place):
            file = place.with_suffix(".py")
            return [file, *self._parents(place.parent)] if file.is_file() else []
        if name in (offered := self._offered(place)):
            return self._find(*offered[name]) + self._parents(place)
        if name and (_is_package(place / name) or (place / f"{name}.py").is_file()):
            return self._find(f"{module}.{name}", "")
        whole = [] if name else [f for step in offered.values() for f in self._find(*step)]
        return [*whole, *self._parents(place)]

    def _packages_around(self, place: Path) -> list[Path]:
        """What a package and those around it run when they are loaded."""
        around = [place, *place.parents]
        files = [folder / "__init__.py" for folder in around[: around.index(self._sources)]]
        return [file for file in files if file.is_file()]

    def _read_stub(self, place: Path) -> dict[str, tuple[str, str]]:
        """By the stub of a room: name -> the module that it is in, and its name there."""
        stub, package = place / "__init__.pyi", self._package_of(place / "__init__.py")
        imports = self._source(stub).imports if stub.is_file() else []
        return {name: (absolute(level, module, package), name) for level, module, name in imports}

    def _all_of(self, module: str) -> list[Path]:
        return sorted(self._sources.joinpath(*module.split(".")).glob("*.py"))

    def _data_of(self, module: str) -> list[Path]:
        """The files of a package that are not code; a package within it has its own."""
        folder = self._sources.joinpath(*module.split("."))
        inside = [p for p in folder.glob("*") if not _is_package(p)]
        files = [f for p in inside for f in ([p] if p.is_file() else p.rglob("*")) if f.is_file()]
        return sorted(f for f in files if f.suffix not in (".py", ".pyi", ".pyc"))


def imported(node: ast.AST, package: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield (local name, module, name in the module) of an import statement.

    Args:
        node: Any node; one that is not an import yields nothing.
        package: Full name of the package it stands in, which relative imports start from.
    """
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname or alias.name.split(".")[0]), alias.name, ""
    elif isinstance(node, ast.ImportFrom):
        module = absolute(node.level, node.module or "", package)
        for alias in node.names:
            yield (alias.asname or alias.name), module, alias.name


def absolute(level: int, module: str, package: str) -> str:
    """Return the full name of a module that is imported with so many leading dots."""
    if not level:
        return module
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *([module] if module else [])])


def read_source(content: bytes, path: Path) -> Source:
    """Return what a file does and what it asks for.

    Args:
        content: What it holds.
        path: For the message.

    Raises:
        Problem: It is not Python.
    """
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise Problem(f"{path}{line} is not valid Python ({error}); correct it first.") from None
    reading = _Reading()
    reading.visit(tree)
    digest = hashlib.sha256("".join(reading.tokens).encode("utf-8", "surrogatepass")).hexdigest()
    return Source(digest, reading.imports, sorted(reading.finds), sorted(reading.reads))


class _Reading:
    """A walk through a syntax tree, in tokens that are the same in every version of Python."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.imports: list[tuple[int, str, str]] = []
        self.finds: set[str] = set()
        self.reads: set[str] = set()

    def visit(self, node: Any) -> None:
        if isinstance(node, list):
            self.tokens.append("[")
            for part in node:
                if not _is_bare_text(part) and not _is_for_types(part):
                    self.visit(part)
            self.tokens.append("]")
        elif not isinstance(node, ast.AST):
            self.tokens.append(repr(node))
        elif not isinstance(node, ast.expr_context):
            self._visit_node(node)

    def _visit_node(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            self.imports += [(0, alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            self.imports += [(node.level, node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Call):
            self._note_call(node)
        self.tokens.append(f"({type(node).__name__}")
        is_constant = isinstance(node, ast.Constant)
        for field in node._fields:
            value = getattr(node, field, None)
            # Fields that an older Python lacks are empty in a newer one.
            if (value is None or value == []) and not (is_constant and field == "value"):
                continue
            self.tokens.append(f" {field}=")
            self.visit(value)
        self.tokens.append(")")

    def _note_call(self, call: ast.Call) -> None:
        """Remember a package whose modules or files are asked for by name."""
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if not call.args:
            return
        text = _beginning(call.args[0])
        if name == "import_module":
            self.finds.add(text)
        elif name == "files":
            self.reads.add(_OWN if text == "{__package__}" else text)
        # As in Path(__file__): the files beside it. A room hands its own to the lazy loader second.
        elif text == "{__file__}":
            self.reads.add(_OWN)


def _beginning(node: ast.expr) -> str:
    """The known beginning of a name that is computed, with `{variable}` for a variable."""
    text = ""
    for part in node.values if isinstance(node, ast.JoinedStr) else [node]:
        part = part.value if isinstance(part, ast.FormattedValue) else part
        if isinstance(part, ast.Constant):
            text += str(part.value)
        elif isinstance(part, ast.Name) and not text:
            text = f"{{{part.id}}}"
        else:
            break
    return text


def _is_bare_text(node: Any) -> bool:
    """Whether this is a docstring, or text in place of a comment: a statement without effect."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_for_types(node: Any) -> bool:
    """Whether this is a block that only a type checker reads."""
    if not isinstance(node, ast.If) or node.orelse:
        return False
    return getattr(node.test, "id", getattr(node.test, "attr", "")) == "TYPE_CHECKING"


def _is_package(place: Path) -> bool:
    return (place / "__init__.py").is_file()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.") from None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@cache
def _this_version() -> str:
    return _sha256(Path(__file__).read_bytes())


def _read_cache(path: Path) -> dict[str, Source]:
    """What an earlier run has read; nothing if the file is gone, broken or of other code."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["by"] != _this_version():
            return {}
        return {key: Source(**fields) for key, fields in content["read"].items()}
    except (OSError, ValueError, TypeError, KeyError):
        return {}
