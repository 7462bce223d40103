// libduckdb, opened when it is first needed: linking it would cost every copy 15 MB of memory.
//
// DuckDB's stable C API (https://duckdb.org/docs/stable/clients/c/api). The header may be older
// than the library, never newer: 1.4.4 and 1.5.5 are used together.
#pragma once

#include <duckdb.h>

#include <string>
#include <vector>

#include "base/status.h"

namespace weir::duckdb {

// Every function weir calls. Calling one that is not listed does not link.
#define WEIR_DUCKDB_FUNCTIONS(F)            \
  F(append_data_chunk)                      \
  F(appender_close)                         \
  F(appender_create_ext)                    \
  F(appender_destroy)                       \
  F(appender_error_data)                    \
  F(appender_flush)                         \
  F(array_type_child_type)                  \
  F(close)                                  \
  F(column_count)                           \
  F(column_logical_type)                    \
  F(column_name)                            \
  F(connect)                                \
  F(create_config)                          \
  F(data_chunk_from_arrow)                  \
  F(data_chunk_get_size)                    \
  F(data_chunk_get_vector)                  \
  F(data_chunk_to_arrow)                    \
  F(decimal_scale)                          \
  F(decimal_width)                          \
  F(destroy_arrow_converted_schema)         \
  F(destroy_arrow_options)                  \
  F(destroy_config)                         \
  F(destroy_data_chunk)                     \
  F(destroy_error_data)                     \
  F(destroy_logical_type)                   \
  F(destroy_pending)                        \
  F(destroy_prepare)                        \
  F(destroy_result)                         \
  F(disconnect)                             \
  F(error_data_has_error)                   \
  F(error_data_message)                     \
  F(execute_pending)                        \
  F(fetch_chunk)                            \
  F(free)                                   \
  F(get_type_id)                            \
  F(interrupt)                              \
  F(library_version)                        \
  F(list_type_child_type)                   \
  F(logical_type_get_alias)                 \
  F(map_type_key_type)                      \
  F(map_type_value_type)                    \
  F(open_ext)                               \
  F(pending_error)                          \
  F(pending_execute_task)                   \
  F(pending_prepared_streaming)             \
  F(prepare)                                \
  F(prepare_error)                          \
  F(prepared_statement_column_count)        \
  F(prepared_statement_column_logical_type) \
  F(prepared_statement_column_name)         \
  F(query)                                  \
  F(result_error)                           \
  F(result_get_arrow_options)               \
  F(schema_from_arrow)                      \
  F(set_config)                             \
  F(struct_type_child_count)                \
  F(struct_type_child_name)                 \
  F(struct_type_child_type)                 \
  F(to_arrow_schema)                        \
  F(union_type_member_count)                \
  F(union_type_member_name)                 \
  F(union_type_member_type)                 \
  F(vector_get_data)                        \
  F(vector_get_validity)

// The functions of the opened library, under their names without "duckdb_". Immutable.
struct Library {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration's name takes none
#define WEIR_DUCKDB_MEMBER(name) decltype(&::duckdb_##name) name = nullptr;
  WEIR_DUCKDB_FUNCTIONS(WEIR_DUCKDB_MEMBER)
#undef WEIR_DUCKDB_MEMBER

  std::string path;  // what was opened
};

// Opens the library on the first call; it stays open until the process ends. Looks at
// $WEIR_DUCKDB_LIBRARY (and only there if set), beside the program, in ../lib/weir, where it was at
// build time, and where the dynamic linker looks. Fails with "duckdb.library_missing", which lists
// these places. Thread-safe; a failure is final.
Result<const Library*> LoadLibrary();

// "duckdb 1.5.5", for --version.
std::string LibraryNameAndVersion();

// For tests: opens the library at the first of `candidates` that works.
Result<Library> OpenLibrary(const std::vector<std::string>& candidates);

}  // namespace weir::duckdb
