"""Foreign readers: each yields the records table's rows as (id, created_at, name, value, metadata),
created_at as microseconds since 1970, value as the decimal's text, metadata as JSON text."""

import csv
import datetime
import decimal
import gzip
import io
import json
import subprocess
import xml.etree.ElementTree as ET

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
csv.field_size_limit(1 << 30)


def micros(when: datetime.datetime) -> int:
    delta = when - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def iso_micros(text):
    if text is None:
        return None
    return micros(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")))


class Exact(str):
    """A JSON number kept as its digits."""


def parse_json(text):
    return json.loads(text, parse_int=Exact, parse_float=Exact)


def same_json(left: str | None, right) -> bool:
    """Whether JSON text `left` is the value `right`, number literals compared as digits."""
    if left is None or right is None:
        return left is None and right is None
    return parse_json(left) == right


def open_text(path):
    name = str(path)
    if name.endswith(".gz"):
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8", newline="")
    if name.endswith(".zst"):
        cat = subprocess.Popen(["zstd", "-dcq", name], stdout=subprocess.PIPE)
        return io.TextIOWrapper(cat.stdout, encoding="utf-8", newline="")
    return open(path, encoding="utf-8", newline="")


def tokens_of_delimited(text, delimiter):
    """An RFC 4180 reader that, unlike Python's, tells a NULL (nothing) from '' (two quotes)."""
    row, field, quoted, was_quoted, i = [], [], False, False, 0
    for line in text:
        i = 0
        while i < len(line):
            c = line[i]
            if quoted:
                if c == '"':
                    if line[i + 1:i + 2] == '"':
                        field.append('"')
                        i += 1
                    else:
                        quoted = False
                else:
                    end = line.find('"', i)
                    end = len(line) if end < 0 else end
                    field.append(line[i:end])
                    i = end - 1
            elif c == '"':
                quoted = was_quoted = True
            elif c == delimiter or c == "\n":
                value = "".join(field)
                row.append(value if value or was_quoted else None)
                field, was_quoted = [], False
                if c == "\n":
                    yield row
                    row = []
            else:
                end = min(x for x in (line.find(delimiter, i), line.find("\n", i), len(line)) if x >= 0)
                field.append(line[i:end])
                i = end - 1
            i += 1


def read_csv(path, delimiter=","):
    with open_text(path) as text:
        rows = tokens_of_delimited(text, delimiter)
        assert next(rows) == ["id", "created_at", "name", "value", "metadata"]
        for key, created, name, value, metadata in rows:
            yield int(key), iso_micros(created), name, value, metadata and parse_json(metadata)


def read_tsv(path):
    return read_csv(path, "\t")


def row_of_object(row):
    assert list(row) == ["id", "created_at", "name", "value", "metadata"]
    return (int(row["id"]), iso_micros(row["created_at"]), row["name"], row["value"],
            row["metadata"])


def read_ndjson(path):
    with open_text(path) as lines:
        for line in lines:
            yield row_of_object(parse_json(line))


def read_json(path):
    with open_text(path) as text:
        for row in parse_json(text.read()):
            yield row_of_object(row)


def read_arrow_batches(batches):
    for batch in batches:
        columns = batch.to_pydict()
        for key, created, name, value, metadata in zip(*columns.values()):
            yield (key, created and micros(created), name, None if value is None else str(value),
                   metadata and parse_json(metadata))


def cast_for_python(batch):
    import pyarrow as pa
    columns = []
    for column in batch.columns:
        if isinstance(column.type, pa.BaseExtensionType):
            column = column.storage
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def read_parquet(path):
    import pyarrow.parquet as pq
    file = pq.ParquetFile(path, page_checksum_verification=True)
    return read_arrow_batches(cast_for_python(b) for b in file.iter_batches())


def read_arrow(path):
    import pyarrow as pa
    with pa.OSFile(str(path)) as source:
        yield from read_arrow_batches(cast_for_python(b) for b in pa.ipc.open_stream(source))


READERS = {"csv": read_csv, "tsv": read_tsv, "ndjson": read_ndjson, "json": read_json,
           "parquet": read_parquet, "arrow": read_arrow}


def same_number(cell, text):
    """A spreadsheet's cell holds up to 15 digits as a number and more as text."""
    if cell is None or text is None:
        return cell is None and text is None
    return decimal.Decimal(str(cell)) == decimal.Decimal(text)
