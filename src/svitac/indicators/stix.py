"""The STIX 2.1 pattern grammar, as far as a set of independent indicators can express it.

`parse` gives alternatives, each a tuple of conditions that must hold together, and a list of what it had to leave
out. `=`, IN, LIKE, MATCHES, ISSUBSET, AND, OR, parentheses and OR between observations are read. Negation, order,
EXISTS, ISSUPERSET, AND and FOLLOWEDBY between observations and the qualifiers WITHIN, REPEATS, START-STOP are not: a
term that is not read makes its alternative false, never true, so it can cost a hit but not invent one.

`PROPERTIES` says what each object path holds. `file:path`, `app:*`, `configuration-profile:id` and
`android-property:name` are not STIX but the vocabulary of mobile forensics since 2021. More lenient than STIX in one
thing: `file:hashes."SHA-256"` and `file:hashes.SHA-256` are read, because they are published.
Reference: OASIS STIX 2.1, section 9, and its ANTLR grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from svitac.indicators.model import Condition, Pattern, Refused
from svitac.model import Kind

MAX_LENGTH = 100_000
MAX_DEPTH = 30
MAX_ALTERNATIVES = 5_000

PROPERTIES = {
    "domain-name:value": Kind.DOMAIN,
    "ipv4-addr:value": Kind.IP,
    "ipv6-addr:value": Kind.IP,
    "url:value": Kind.URL,
    "process:name": Kind.PROCESS,
    "process:command_line": Kind.TEXT,
    "email-addr:value": Kind.EMAIL,
    "email-message:from_ref.value": Kind.EMAIL,
    "email-message:sender_ref.value": Kind.EMAIL,
    "email-message:to_refs.value": Kind.EMAIL,
    "network-traffic:dst_ref.value": Kind.DOMAIN,  # becomes an address when it is one, see `refine`
    "network-traffic:src_ref.value": Kind.DOMAIN,
    "file:name": Kind.FILENAME,
    "file:path": Kind.PATH,
    "file:parent_directory_ref.path": Kind.PATH,
    "directory:path": Kind.PATH,
    "app:id": Kind.PACKAGE,
    "configuration-profile:id": Kind.PROFILE,
    "android-property:name": Kind.PROPERTY,
}
_HASHES = ("md5", "sha1", "sha-1", "sha256", "sha-256", "sha512", "sha-512")
PROPERTIES |= {f"file:hashes.{name}": Kind.HASH for name in _HASHES}
PROPERTIES |= {f"x509-certificate:hashes.{name}": Kind.CERTIFICATE for name in _HASHES}
PROPERTIES |= {f"app:cert.{name}": Kind.CERTIFICATE for name in _HASHES}

Branch = tuple[Condition, ...]

_SIMPLE = re.compile(r"\[([a-z0-9-]+:[A-Za-z0-9_.\"'-]+)\s*=\s*'([^'\\]*)'\]")
_TOKEN = re.compile(
    r"\s*(?:(?P<constant>(?:t|h|b)'[^']*')|'(?P<string>(?:[^'\\]|\\['\\])*)'|\"(?P<quoted>[^\"\\]*)\""
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<sign>==|!=|<>|<=|>=|[=<>\[\](),.:*]))"
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_COMPARE = {"=", "==", "!=", "<>", "<", ">", "<=", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET"}
_QUALIFIERS = ("WITHIN", "REPEATS", "START")


def parse(pattern: str) -> tuple[list[Branch], list[str]]:
    """The alternatives of a pattern, and what is not supported in it. Raises Refused when it is not a pattern."""
    if (found := _SIMPLE.fullmatch(pattern)) and (kind := _simple(found[1])) and kind is not Kind.TEXT:
        return [(Condition(kind, found[2]),)], []
    if len(pattern) > MAX_LENGTH:
        raise Refused(f"a pattern of {len(pattern)} characters")
    parser = _Parser(pattern)
    branches = parser.followed()
    parser.end()
    return branches, parser.missing


@lru_cache(256)
def _simple(path: str) -> Kind | None:
    """The kind of a path as it is written in most patterns; None sends the pattern to the whole grammar."""
    if path.count("'") not in (0, 2) or path.count('"') not in (0, 2):
        return None
    return PROPERTIES.get(re.sub(r"\.(['\"])([^'\".]+)\1", r".\2", path).lower())


class _Parser:
    """One pass over the tokens; `missing` collects what is not supported."""

    def __init__(self, pattern: str) -> None:
        self.tokens = list(_tokens(pattern))
        self.at = 0
        self.depth = 0
        self.missing: list[str] = []

    # observations

    def followed(self) -> list[Branch]:
        branches = self.observed_or()
        while self.word("FOLLOWEDBY"):
            self.observed_or()
            branches = self.without("FOLLOWEDBY")
        return branches

    def observed_or(self) -> list[Branch]:
        branches = self.observed_and()
        while self.word("OR"):
            branches = self.bounded(branches + self.observed_and())
        return branches

    def observed_and(self) -> list[Branch]:
        branches = self.observation()
        while self.word("AND"):
            self.observation()
            branches = self.without("AND between observations")
        return branches

    def observation(self) -> list[Branch]:
        if self.sign("("):
            branches = self.inside(self.followed)
            self.need(")")
        else:
            self.need("[")
            branches = self.any_of()
            self.need("]")
        while qualifier := next((q for q in _QUALIFIERS if self.word(q)), ""):
            self.qualifier(qualifier)
            branches = self.without(qualifier)
        return branches

    def qualifier(self, name: str) -> None:
        self.take("constant" if name == "START" else "number")
        if name == "START":
            if not self.word("STOP"):
                raise Refused("START without STOP")
            self.take("constant")
        elif not self.word("SECONDS" if name == "WITHIN" else "TIMES"):
            raise Refused(f"{name} without its unit")

    # comparisons

    def any_of(self) -> list[Branch]:
        branches = self.all_of()
        while self.word("OR"):
            branches = self.bounded(branches + self.all_of())
        return branches

    def all_of(self) -> list[Branch]:
        branches = self.term()
        while self.word("AND"):
            more = self.term()
            if len(branches) * len(more) > MAX_ALTERNATIVES:
                raise Refused("a pattern with too many alternatives")
            branches = [a + b for a in branches for b in more]
        return branches

    def term(self) -> list[Branch]:
        if self.sign("("):
            branches = self.inside(self.any_of)
            self.need(")")
            return branches
        if self.word("EXISTS"):
            return self.without(f"EXISTS {self.path()}")
        path = self.path()
        negated = self.word("NOT")
        operator = self.take("sign", "name")
        if operator not in _COMPARE:
            raise Refused(f"{operator!r} is not a comparison")
        values = self.values(operator)
        if negated:
            return self.without(f"NOT {operator}")
        return self.compare(path, "=" if operator == "==" else operator, values)

    def values(self, operator: str) -> list[str | None]:
        """The constants of a comparison; None for one that is not a string."""
        if operator != "IN":
            return [self.constant(strings=operator.isalpha())]
        self.need("(")
        values = [self.constant()]
        while self.sign(","):
            values.append(self.constant())
        self.need(")")
        return values

    def constant(self, *, strings: bool = False) -> str | None:
        kind, text = self.next()
        if kind == "string":
            return _ESCAPE.sub(r"\1", text)
        if strings or not (kind in ("number", "constant") or text in ("true", "false")):
            raise Refused(f"{text!r} is not a value")
        return None

    def compare(self, path: str, operator: str, values: list[str | None]) -> list[Branch]:
        kind = PROPERTIES.get(path)
        if kind is None:
            return self.without(f"the property {path}")
        pattern = {"LIKE": Pattern.LIKE, "MATCHES": Pattern.REGEX}.get(operator, Pattern.EXACT)
        readable = operator in ("=", "IN", "LIKE", "MATCHES") or (operator == "ISSUBSET" and kind is Kind.IP)
        if not readable or (kind is Kind.TEXT and pattern is Pattern.EXACT):
            return self.without(f"{operator} on {path}")
        strings = [v for v in values if v is not None]
        if len(strings) < len(values):
            self.without(f"a value of {path} that is not a string")
        return [(Condition(kind, v, pattern),) for v in strings]

    def path(self) -> str:
        steps = [self.take("name")]
        self.need(":")
        steps.append(self.take("name", "string", "quoted"))
        while True:
            if self.sign("."):
                steps.append(self.take("name", "string", "quoted"))
            elif self.sign("["):
                if not self.sign("*"):
                    self.take("number")
                self.need("]")
            else:
                return f"{steps[0]}:{'.'.join(steps[1:])}".lower()

    # tokens

    def next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise Refused("the pattern ends too early")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, *kinds: str) -> str:
        kind, text = self.next()
        if kind not in kinds:
            raise Refused(f"{text!r} is not expected here")
        return text

    def sign(self, text: str) -> bool:
        return self._is(("sign", text))

    def word(self, text: str) -> bool:
        return self._is(("name", text))

    def _is(self, token: tuple[str, str]) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == token
        self.at += found
        return found

    def need(self, text: str) -> None:
        if not self.sign(text):
            got = repr(self.tokens[self.at][1]) if self.at < len(self.tokens) else "the end"
            raise Refused(f"{text!r} is missing before {got}")

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise Refused(f"{self.tokens[self.at][1]!r} is not expected here")

    def inside(self, read: Callable[[], list[Branch]]) -> list[Branch]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refused("a pattern nested too deep")
        branches = read()
        self.depth -= 1
        return branches

    def bounded(self, branches: list[Branch]) -> list[Branch]:
        if len(branches) > MAX_ALTERNATIVES:
            raise Refused("a pattern with too many alternatives")
        return branches

    def without(self, what: str) -> list[Branch]:
        self.missing.append(what)
        return []


def _tokens(pattern: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(pattern.rstrip())
    while at < end:
        found = _TOKEN.match(pattern, at)
        if not found or not found.lastgroup:
            raise Refused(f"not a STIX pattern from {pattern[at : at + 20]!r} on")
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()
