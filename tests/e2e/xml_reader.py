"""Reads the records table from weir's XML by the rules of docs/formats/xml.md."""

import re
import xml.etree.ElementTree as ET

import foreign

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def unescape(text):
    return re.sub("_x([0-9A-F]{4}|[0-9A-F]{6})_", lambda m: chr(int(m[1], 16)), text)


def name(element):
    return "" if element.tag == "_x_" else unescape(element.tag)


def value(element):
    kind = element.get("type")
    if element.get(NIL) == "true" or kind == "null":
        return None
    if kind == "object":
        return {name(member): value(member) for member in element}
    if kind == "array":
        return [value(item) for item in element]
    text = element.text or ""
    if element.get("escaped") == "true":
        text = unescape(text)
    if kind == "boolean":
        return text == "true"
    return foreign.Exact(text) if kind == "number" else text


def read(path):
    with foreign.open_text(path) as text:
        root = None
        for event, element in ET.iterparse(text, ("start", "end")):
            if root is None:
                root = element
            if event == "end" and element.tag == "record":
                row = {name(column): value(column) for column in element}
                assert list(row) == ["id", "created_at", "name", "value", "metadata"]
                yield (int(row["id"]), foreign.iso_micros(row["created_at"]), row["name"],
                       row["value"], row["metadata"])
                root.clear()
