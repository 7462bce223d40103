#include "builtin/registry.h"

#include "db/duckdb/sink.h"
#include "db/duckdb/source.h"
#include "db/postgres/source.h"
#include "format/arrow_ipc/format.h"
#include "format/csv/format.h"
#include "format/json/format.h"
#include "format/json/nested.h"
#include "format/parquet/format.h"
#include "format/xlsx/format.h"
#include "format/xml/format.h"
#include "generate/source.h"
#include "io/compress/compression.h"
#include "io/file/destination.h"

namespace weir {

Registry BuiltinRegistry() {
  Registry registry;
  registry.formats = {CsvFormat(), TsvFormat(),     NdjsonFormat(),   JsonFormat(),
                      XmlFormat(), ParquetFormat(), ArrowIpcFormat(), XlsxFormat()};
  registry.compressions = {GzipCompression(), ZstdCompression()};
  registry.sources = {PostgresSource(), DuckdbSource(), GenerateSource()};
  registry.table_sinks = {DuckdbSink()};
  registry.nested = JsonNestedSupport();
  registry.open_destination = OpenDestination;
  registry.check_destination = CheckDestination;
  return registry;
}

}  // namespace weir
