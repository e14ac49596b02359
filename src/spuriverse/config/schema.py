"""What each key of the config accepts, read from the JSON schema of its types.

The error messages, the default config and the docs table all describe keys through this module,
so they cannot contradict each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel

PLAIN_TYPES = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


@dataclass(frozen=True)
class Node:
    """One place in the config: a key, an entry of a list, or the whole."""

    schema: Mapping[str, Any]
    definitions: Mapping[str, Any]

    @classmethod
    def root(cls, model: type[BaseModel]) -> Self:
        """The whole config that `model` describes."""
        schema = model.model_json_schema()
        return cls(schema, schema.get("$defs", {}))

    @property
    def description(self) -> str:
        """What the key means, in one paragraph; empty if its type does not say."""
        return " ".join(self._resolved.get("description", "").split())

    @property
    def unit(self) -> str:
        """The unit of its value; empty if it has none."""
        return str(self._resolved.get("unit", ""))

    @property
    def keys(self) -> dict[str, "Node"]:
        """The keys below, in order; those of every alternative if there are several."""
        if self._alternatives:
            return self._keys_of_alternatives()
        properties = self._resolved.get("properties", {})
        return {name: self._at(schema) for name, schema in properties.items()}

    @property
    def entry(self) -> "Node | None":
        """Any one entry, if this is a list; else None."""
        for option in self._alternatives:
            if option.entry is not None:
                return option.entry
        items = self._resolved.get("items")
        return self._at(items) if isinstance(items, Mapping) else None

    @property
    def accepted(self) -> str:
        """The accepted values in words, such as "a number from 0 to 1"."""
        if self._alternatives:
            return self._accepted_alternatives()
        schema = self._resolved
        if "const" in schema:
            return f"only {schema['const']}"
        if "enum" in schema:
            return "one of " + ", ".join(map(str, schema["enum"]))
        match schema.get("type"):
            case "array":
                return self._accepted_list()
            case "object":
                return self._accepted_mapping()
            case "string":
                return _accepted_text(schema)
            case kind:
                words = PLAIN_TYPES.get(str(kind), "any value")
                return " ".join(filter(None, [words, _range(schema)]))

    def child(self, part: str | int) -> "Node | None":
        """The place one step further down, or None if there is no such step."""
        if isinstance(part, int):
            fixed = self._resolved.get("prefixItems", [])
            return self._at(fixed[part]) if part < len(fixed) else self.entry
        if part in self.keys:
            return self.keys[part]
        return self.named

    @property
    def named(self) -> "Node | None":
        """What stands under a name of the user's own choice, where that is allowed."""
        schemas = [*self._resolved.get("patternProperties", {}).values()]
        schemas.append(self._resolved.get("additionalProperties"))
        return self._at(schemas[0]) if isinstance(schemas[0], Mapping) else None

    @property
    def _resolved(self) -> Mapping[str, Any]:
        """The schema with its reference looked up; what stands beside the reference wins."""
        reference = self.schema.get("$ref", "").removeprefix("#/$defs/")
        return {**self.definitions.get(reference, {}), **self.schema}

    @property
    def _alternatives(self) -> list["Node"]:
        schemas = self._resolved.get("anyOf") or self._resolved.get("oneOf") or []
        return [self._at(schema) for schema in schemas]

    def _at(self, schema: Mapping[str, Any]) -> "Node":
        return Node(schema, self.definitions)

    def _keys_of_alternatives(self) -> dict[str, "Node"]:
        found: dict[str, list[Node]] = {}
        for option in self._alternatives:
            for name, node in option.keys.items():
                found.setdefault(name, []).append(node)
        return {name: self._either(nodes) for name, nodes in found.items()}

    def _either(self, nodes: list["Node"]) -> "Node":
        """One key that several alternatives have."""
        schemas = [dict(node.schema) for node in nodes]
        if all(schema == schemas[0] for schema in schemas):
            return nodes[0]
        description = " ".join(dict.fromkeys(node.description for node in nodes))
        return self._at({"anyOf": schemas, "description": description})

    def _accepted_alternatives(self) -> str:
        constants = [option._resolved.get("const") for option in self._alternatives]
        if all(constants):
            return "one of " + ", ".join(map(str, constants))
        return " or ".join(dict.fromkeys(option.accepted for option in self._alternatives))

    def _accepted_list(self) -> str:
        schema = self._resolved
        if "prefixItems" in schema:
            entries = [self._at(item).accepted for item in schema["prefixItems"]]
            return f"a list of {len(entries)}: " + ", ".join(entries)
        size = _range(schema, "minItems", "maxItems")
        words = " ".join(filter(None, ["a list", "of" if size else "", size]))
        if schema.get("uniqueItems"):
            words += " without repetition"
        return f"{words}, each {self.entry.accepted}" if self.entry else words

    def _accepted_mapping(self) -> str:
        if self.keys:
            return "a mapping with the keys " + ", ".join(self.keys)
        free = self.named
        return f"a mapping of names to {free.accepted}" if free else "a mapping"


def _accepted_text(schema: Mapping[str, Any]) -> str:
    words = "a path" if schema.get("format") in ("path", "file-path", "directory-path") else "text"
    length = _range(schema, "minLength", "maxLength")
    if length == "at least 1":
        words = f"non-empty {words}" if words == "text" else words
    elif length:
        words += f" of {length} characters"
    return f"{words} that matches `{schema['pattern']}`" if "pattern" in schema else words


def _range(schema: Mapping[str, Any], least: str = "minimum", most: str = "maximum") -> str:
    """The bounds in words; empty if there are none."""
    if least in schema and most in schema:
        low, high = schema[least], schema[most]
        return f"exactly {low}" if low == high else f"from {low} to {high}"
    bounds: Sequence[tuple[str, str]] = (
        ("at least", least),
        ("greater than", "exclusiveMinimum"),
        ("at most", most),
        ("less than", "exclusiveMaximum"),
        ("that is a multiple of", "multipleOf"),
    )
    return " and ".join(f"{words} {schema[key]}" for words, key in bounds if key in schema)
