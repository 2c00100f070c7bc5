#!/usr/bin/env python3
"""Turns api/openapi.yaml into the server's table of routes and the checks of every question.

usage: openapi.py api/openapi.yaml OUTPUT.h OUTPUT.inc

OUTPUT.h    one prototype for each operation: what has no handler does not link
OUTPUT.inc  static tables of ApiSchema, ApiParameter and ApiRoute, for src/server/api/api_route.c
An operation with `x-served: false` is left out: its path answers 404 until it has a handler.
Only the part of JSON Schema that api/README.md names is known; anything else stops the build.
"""
import sys

import yaml

METHODS = ("get", "put", "post", "patch", "delete")
MAY = {"anyone": "API_ANYONE", "self": "API_SELF", "read": "MAY_READ", "act": "MAY_ACT", "export": "MAY_EXPORT",
       "prove": "MAY_PROVE", "configure": "MAY_CONFIGURE", "delete": "MAY_DELETE", "manage": "MAY_MANAGE"}
KINDS = {"string": "API_TEXT", "integer": "API_INTEGER", "number": "API_NUMBER", "boolean": "API_BOOLEAN",
         "object": "API_OBJECT", "array": "API_ARRAY"}
PATTERNS = {None: "API_PATTERN_ANY", "^[a-z0-9][a-z0-9-]*$": "API_PATTERN_NAME"}
KNOWN = {"type", "description", "format", "enum", "default", "minLength", "maxLength", "pattern", "minimum", "maximum",
         "minItems", "maxItems", "items", "properties", "required"}
BODY_BYTES_MAX = 65536  # of a body whose operation names no other


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


class Tables:
    """Collects C tables; a schema that stands in several places is made once."""

    def __init__(self, description):
        self.description = description
        self.lines = []
        self.made = {}

    def table(self, kind, prefix, text):
        """The name of a C object with this initialiser."""
        if (prefix, text) not in self.made:
            name = self.made[prefix, text] = f"{prefix}_{len(self.made)}"
            array = "[]" if prefix != "schema" else ""
            self.lines.append(f"static const {kind}{name}{array} = {text};")
        return self.made[prefix, text]

    def resolve(self, node):
        while "$ref" in node:
            found = self.description
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node

    def bounds(self, schema):
        kind = schema["type"]
        if kind == "string":
            return schema.get("minLength", 0), schema["maxLength"] if "enum" not in schema else 256
        if kind == "array":
            return schema.get("minItems", 0), schema["maxItems"]
        if kind == "integer":
            return schema.get("minimum", "INT64_MIN"), schema.get("maximum", "INT64_MAX")
        return 0, 0

    def schema(self, node, where):
        node = self.resolve(node)
        unknown = set(node) - KNOWN
        if unknown:
            sys.exit(f"{where}: {', '.join(sorted(unknown))}: not in the part of JSON Schema that is known here")
        try:
            least, most = self.bounds(node)
        except KeyError as missing:
            sys.exit(f"{where}: a question's {node['type']} needs {missing}")
        parts = [f".kind = {KINDS[node['type']]}", f".least = {least}", f".most = {most}"]
        if "enum" in node:
            choices = "{" + ", ".join(quoted(choice) for choice in node["enum"]) + ", NULL}"
            parts.append(f".choices = {self.table('char *const ', 'choices', choices)}")
        if "pattern" in node:
            parts.append(f".pattern = {PATTERNS[node['pattern']]}")
        if node["type"] == "object":
            members = [(name, name in node.get("required", ()), self.schema(member, f"{where}.{name}"))
                       for name, member in node.get("properties", {}).items()]
            rows = "".join(f"\n    {{{quoted(name)}, {str(required).lower()}, &{schema}}},"
                           for name, required, schema in members)
            parts.append(f".members = {self.table('ApiMember ', 'members', '{' + rows + chr(10) + '}')}, "
                         f".member_count = {len(members)}")
        if node["type"] == "array":
            parts.append(f".items = &{self.schema(node['items'], where + '[]')}")
        return self.table("ApiSchema ", "schema", "{" + ", ".join(parts) + "}")

    def parameters(self, operation, nodes):
        rows = []
        for node in map(self.resolve, nodes):
            schema = self.resolve(node["schema"])
            default = schema.get("default")
            if isinstance(default, bool):
                default = str(default).lower()
            rows.append(f"\n    {{{quoted(node['name'])}, {str(node['in'] == 'path').lower()}, "
                        f"{str(node.get('required', False)).lower()}, "
                        f"{'NULL' if default is None else quoted(default)}, "
                        f"&{self.schema(schema, operation + '?' + node['name'])}}},")
        if not rows:
            return "NULL, 0"
        self.lines.append(f"static const ApiParameter parameters_{operation}[] = {{{''.join(rows)}\n}};")
        return f"parameters_{operation}, {len(rows)}"

    def body(self, operation, node):
        if "requestBody" not in node:
            return "NULL, 0"
        content = self.resolve(node["requestBody"])["content"]["application/json"]
        return f"&{self.schema(content['schema'], operation)}, {node.get('x-body-bytes-max', BODY_BYTES_MAX)}"

    def route(self, path, method, node, shared):
        operation = node["operationId"]
        return (f"    {{{quoted(method.upper())}, {quoted(path)}, {quoted(operation)}, api_{operation}, {MAY[node['x-may']]},\n"
                f"     {self.body(operation, node)}, {self.parameters(operation, shared + node.get('parameters', []))}}},")


def main():
    source, header, table = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        description = yaml.safe_load(file)
    tables = Tables(description)
    routes, operations = [], []
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item and item[method].get("x-served", True):
                routes.append(tables.route(path, method, item[method], item.get("parameters", [])))
                operations.append(item[method]["operationId"])
    note = "/* Generated from api/openapi.yaml by tools/openapi.py. */\n"
    with open(header, "w", encoding="utf-8") as out:
        out.write(note + "#pragma once\n\n#include \"server/api/api_route.h\"\n\n" + "".join(f"void api_{name}(ApiRequest *request);\n" for name in operations))
    with open(table, "w", encoding="utf-8") as out:
        out.write(note + "\n".join(tables.lines) + "\n\nstatic const ApiRoute routes[] = {\n" + "\n".join(routes) + "\n};\n")


main()
