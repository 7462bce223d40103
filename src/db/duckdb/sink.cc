#include "db/duckdb/sink.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <map>

#include "base/ascii.h"
#include "db/duckdb/library.h"
#include "db/duckdb/sink_types.h"
#include "db/duckdb/table_writer.h"
#include "db/duckdb/temp_database.h"

namespace weir {
namespace duckdb {
namespace {

constexpr std::string_view kExtension = ".duckdb";
constexpr char kTableDefault[] = "records";
constexpr int64_t kEngineBytesDefault = 208 << 20;

Status CheckColumns(const arrow::Schema& schema);

class DuckdbTableSink final : public BatchSink {
 public:
  static Result<std::unique_ptr<BatchSink>> Open(const SinkSpec& spec,
                                                 std::shared_ptr<arrow::Schema> schema,
                                                 int64_t engine_bytes) {
    ARROW_RETURN_NOT_OK(CheckTypes(*schema));
    ARROW_RETURN_NOT_OK(CheckColumns(*schema));
    ARROW_ASSIGN_OR_RAISE(auto file, TempDatabase::Create(spec.path, spec.if_exists));
    auto writer = TableWriter::Create(file->database_path(), file->spill_path(),
                                      spec.table.empty() ? kTableDefault : spec.table,
                                      std::move(schema), engine_bytes);
    ARROW_RETURN_NOT_OK(WithContext(writer.status(), fmt::format("writing {}", spec.path)));
    ARROW_RETURN_NOT_OK(file->Protect());
    return std::unique_ptr<BatchSink>(
        new DuckdbTableSink(spec.path, std::move(file), std::move(*writer)));
  }

  Status Write(const arrow::RecordBatch& batch) override {
    return WithContext(writer_->Write(batch), Context());
  }

  Status Finish() override {
    ARROW_RETURN_NOT_OK(WithContext(writer_->Finish(), Context()));
    writer_.reset();
    const Status published = file_->Publish();
    if (!published.ok()) return WithContext(published, Context());  // nothing else needs memory now
    file_.reset();
    return Status::OK();
  }

 private:
  DuckdbTableSink(std::string path, std::unique_ptr<TempDatabase> file,
                  std::unique_ptr<TableWriter> writer)
      : path_(std::move(path)), file_(std::move(file)), writer_(std::move(writer)) {}

  static Status CheckTypes(const arrow::Schema& schema) {
    for (const auto& field : schema.fields()) {
      FormatVerdict verdict = CheckField(*field);
      if (verdict.fidelity != Fidelity::kRefused) continue;
      return Error("duckdb.unsupported_type",
                   fmt::format("column \"{}\": {}", field->name(), verdict.note));
    }
    return Status::OK();
  }

  std::string Context() const { return fmt::format("writing {}", path_); }

  const std::string path_;
  std::unique_ptr<TempDatabase> file_;  // outlives the writer
  std::unique_ptr<TableWriter> writer_;
};

// DuckDB's names do not tell upper from lower case.
Status CheckColumns(const arrow::Schema& schema) {
  if (schema.num_fields() == 0) {
    return Error("plan.unsupported", "a DuckDB table needs a column");
  }
  std::map<std::string, std::string> seen;
  for (const auto& field : schema.fields()) {
    auto [other, is_new] = seen.emplace(LowerAscii(field->name()), field->name());
    if (is_new) continue;
    return Error("plan.unsupported",
                 fmt::format("the columns \"{}\" and \"{}\" have the same name in DuckDB",
                             other->second, field->name()),
                 "rename one with --columns source:target, or in a --query");
  }
  return Status::OK();
}

ReadForm SinkReadForm(const FormatOptions& options) {
  ReadForm form;
  form.exact_text = false;
  form.arrays = options.nested.value_or(NestedForm::kStruct);
  form.special_values = options.special_values.value_or(SpecialValues::kError);
  return form;
}

}  // namespace
}  // namespace duckdb

TableSinkKind DuckdbSink() {
  TableSinkKind kind;
  kind.name = "duckdb";
  kind.example = "FILE.duckdb";
  kind.description = "a new DuckDB database file with one table";
  kind.library = duckdb::LibraryNameAndVersion;
  kind.matches = [](std::string_view path) { return path.ends_with(duckdb::kExtension); };
  kind.read_form = duckdb::SinkReadForm;
  kind.check = [](const arrow::Field& field, const FormatOptions&) {
    return duckdb::CheckField(field);
  };
  kind.check_schema = duckdb::CheckColumns;
  kind.engine_bytes_default = duckdb::kEngineBytesDefault;
  kind.open = duckdb::DuckdbTableSink::Open;
  return kind;
}

}  // namespace weir
