#include "core/copy_spec_json.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "core/json_reader.h"

namespace weir {
namespace {

using Json = nlohmann::ordered_json;

template <typename Enum, size_t kCount>
using EnumNames = std::array<std::pair<Enum, const char*>, kCount>;

constexpr EnumNames<IfExists, 2> kIfExistsNames{
    {{IfExists::kFail, "fail"}, {IfExists::kReplace, "replace"}}};
constexpr EnumNames<Dialect, 2> kDialectNames{
    {{Dialect::kIso, "iso"}, {Dialect::kPostgres, "postgres"}}};
constexpr EnumNames<NestedForm, 3> kNestedNames{{{NestedForm::kJson, "json"},
                                                 {NestedForm::kStruct, "struct"},
                                                 {NestedForm::kString, "string"}}};
constexpr EnumNames<SpecialValues, 3> kSpecialValuesNames{{{SpecialValues::kError, "error"},
                                                           {SpecialValues::kNull, "null"},
                                                           {SpecialValues::kString, "string"}}};

template <typename Enum, size_t kCount>
const char* NameOf(const EnumNames<Enum, kCount>& names, Enum value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "";
}

template <typename Enum, size_t kCount>
void GetEnum(JsonReader& json, const char* name, const EnumNames<Enum, kCount>& names, Enum* out) {
  std::optional<std::string> text;
  json.Get(name, &text);
  if (!text) return;
  std::vector<const char*> valid;
  for (const auto& [value, known] : names) {
    valid.push_back(known);
    if (*text != known) continue;
    *out = value;
    return;
  }
  json.Fail(name, fmt::format("is \"{}\", not one of {}", *text, fmt::join(valid, ", ")));
}

template <typename Enum, size_t kCount>
void GetEnum(JsonReader& json, const char* name, const EnumNames<Enum, kCount>& names,
             std::optional<Enum>* out) {
  std::optional<std::string> text;
  json.Get(name, &text);
  if (!text) return;
  Enum value{};
  GetEnum(json, name, names, &value);
  if (json.ok()) *out = value;
}

void GetDelimiter(JsonReader& json, std::optional<char>* out) {
  std::optional<std::string> text;
  json.Get("delimiter", &text);
  if (!text) return;
  if (text->size() != 1) return json.Fail("delimiter", "is not a single ASCII character");
  *out = text->front();
}

// Adds a member unless it has its default.
template <typename T>
void Put(Json* json, const char* name, const T& value, const T& otherwise = {}) {
  if (value != otherwise) (*json)[name] = value;
}

template <typename T>
void PutOptional(Json* json, const char* name, const std::optional<T>& value) {
  if (value) (*json)[name] = *value;
}

Json SourceJson(const SourceSpec& source) {
  Json json = Json::object();
  Put(&json, "uri", source.uri);
  Put(&json, "table", source.table);
  Put(&json, "query", source.query);
  for (const ColumnSelection& column : source.columns) {
    json["columns"].push_back({{"source", column.source}, {"target", column.target}});
  }
  Put(&json, "where", source.where);
  for (const OrderKey& key : source.order_by) {
    json["orderBy"].push_back({{"column", key.column}, {"descending", key.descending}});
  }
  PutOptional(&json, "limit", source.limit);
  Put(&json, "statementTimeoutMs", source.statement_timeout_ms);
  PutOptional(&json, "generateCount", source.generate_count);
  return json;
}

Json SinkJson(const SinkSpec& sink) {
  Json json = Json::object();
  Put(&json, "path", sink.path);
  if (sink.if_exists != SinkSpec().if_exists) {
    json["ifExists"] = NameOf(kIfExistsNames, sink.if_exists);
  }
  Put(&json, "splitBytes", sink.split_bytes);
  Put(&json, "table", sink.table);
  return json;
}

Json OptionsJson(const FormatOptions& options) {
  const FormatOptions defaults;
  Json json = Json::object();
  if (options.dialect != defaults.dialect) {
    json["dialect"] = NameOf(kDialectNames, options.dialect);
  }
  PutOptional(&json, "nullText", options.null_text);
  Put(&json, "header", options.header, defaults.header);
  if (options.delimiter) json["delimiter"] = std::string(1, *options.delimiter);
  PutOptional(&json, "rowGroupBytes", options.row_group_bytes);
  if (options.nested) json["nested"] = NameOf(kNestedNames, *options.nested);
  if (options.special_values) {
    json["specialValues"] = NameOf(kSpecialValuesNames, *options.special_values);
  }
  Put(&json, "allowLossy", options.allow_lossy);
  PutOptional(&json, "compression", options.compression);
  PutOptional(&json, "level", options.level);
  return json;
}

void ReadSource(JsonReader& json, SourceSpec* source) {
  json.Get("uri", &source->uri);
  json.Get("table", &source->table);
  json.Get("query", &source->query);
  json.GetList("columns", &source->columns, [](JsonReader& element, ColumnSelection* column) {
    element.Get("source", &column->source, JsonReader::Presence::kRequired);
    column->target = column->source;
    element.Get("target", &column->target);
    element.RefuseUnknown();
  });
  json.Get("where", &source->where);
  json.GetList("orderBy", &source->order_by, [](JsonReader& element, OrderKey* key) {
    element.Get("column", &key->column, JsonReader::Presence::kRequired);
    element.Get("descending", &key->descending);
    element.RefuseUnknown();
  });
  json.Get("limit", &source->limit);
  if (source->limit.value_or(0) < 0) json.Fail("limit", "is negative");
  json.GetCount("statementTimeoutMs", &source->statement_timeout_ms);
  json.Get("generateCount", &source->generate_count);
  if (source->generate_count.value_or(0) < 0) json.Fail("generateCount", "is negative");
  json.RefuseUnknown();
}

void ReadSink(JsonReader& json, SinkSpec* sink) {
  json.Get("path", &sink->path);
  GetEnum(json, "ifExists", kIfExistsNames, &sink->if_exists);
  json.GetCount("splitBytes", &sink->split_bytes);
  json.Get("table", &sink->table);
  json.RefuseUnknown();
}

void ReadOptions(JsonReader& json, FormatOptions* options) {
  GetEnum(json, "dialect", kDialectNames, &options->dialect);
  json.Get("nullText", &options->null_text);
  json.Get("header", &options->header);
  GetDelimiter(json, &options->delimiter);
  json.Get("rowGroupBytes", &options->row_group_bytes);
  if (options->row_group_bytes.value_or(0) < 0) json.Fail("rowGroupBytes", "is negative");
  GetEnum(json, "nested", kNestedNames, &options->nested);
  GetEnum(json, "specialValues", kSpecialValuesNames, &options->special_values);
  json.Get("allowLossy", &options->allow_lossy);
  json.Get("compression", &options->compression);
  json.Get("level", &options->level);
  json.RefuseUnknown();
}

void ReadSpec(JsonReader& json, CopySpec* spec) {
  json.GetObject("source", [&](JsonReader& source) { ReadSource(source, &spec->source); });
  json.GetObject("sink", [&](JsonReader& sink) { ReadSink(sink, &spec->sink); });
  json.Get("format", &spec->format);
  json.GetObject("options", [&](JsonReader& options) { ReadOptions(options, &spec->options); });
  json.Get("jobs", &spec->jobs);
  if (spec->jobs < 0) json.Fail("jobs", "is negative");
  json.GetCount("memoryBytes", &spec->memory_bytes);
  json.Get("digest", &spec->digest);
  json.GetCount("timeoutMs", &spec->timeout_ms);
  json.RefuseUnknown();
}

}  // namespace

std::string ToJson(const CopySpec& spec) {
  const CopySpec defaults;
  Json json = Json::object();
  json["source"] = SourceJson(spec.source);
  json["sink"] = SinkJson(spec.sink);
  Put(&json, "format", spec.format);
  Json options = OptionsJson(spec.options);
  if (!options.empty()) json["options"] = std::move(options);
  Put(&json, "jobs", spec.jobs);
  Put(&json, "memoryBytes", spec.memory_bytes);
  Put(&json, "digest", spec.digest, defaults.digest);
  Put(&json, "timeoutMs", spec.timeout_ms);
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<CopySpec> CopySpecFromJson(std::string_view text) {
  constexpr std::string_view kInvalid = "usage.invalid_spec";
  auto parsed = ParseJson(text, kInvalid);
  Status status = parsed.status();
  CopySpec spec;
  if (status.ok()) {
    JsonReader json(*parsed, "", kInvalid, &status);
    if (status.ok()) ReadSpec(json, &spec);
  }
  if (!status.ok()) return WithContext(status, "reading the copy's description");
  return spec;
}

}  // namespace weir
