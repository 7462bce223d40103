#include <string>

#include "core/completion_record.h"
#include "core/json_reader.h"

namespace weir {
namespace {

using Json = nlohmann::ordered_json;
constexpr auto kRequired = JsonReader::Presence::kRequired;
constexpr int kVersionMax = 1;

Json SliceGroupJson(const SliceGroupRecord& group) {
  return {{"firstSlice", group.first_slice},
          {"sliceCount", group.slice_count},
          {"rows", group.rows},
          {"offset", group.offset},
          {"bytes", group.bytes},
          {"crc64", group.crc64}};
}

Json PartJson(const PartRecord& part) {
  Json slices = Json::array();
  for (const SliceGroupRecord& group : part.slices) slices.push_back(SliceGroupJson(group));
  return {{"path", part.path},     {"rows", part.rows},
          {"bytes", part.bytes},   {"textBytes", part.text_bytes},
          {"digest", part.digest}, {"slices", std::move(slices)}};
}

Json ColumnJson(const ColumnRecord& column) {
  return {{"name", column.name},
          {"sourceType", column.source_type},
          {"arrowType", column.arrow_type},
          {"targetType", column.target_type},
          {"fidelity", column.fidelity},
          {"note", column.note},
          {"encodings", column.encodings},
          {"count", column.count},
          {"nulls", column.nulls}};
}

void ReadSliceGroup(JsonReader& json, SliceGroupRecord* group) {
  json.GetCount("firstSlice", &group->first_slice, kRequired);
  json.GetCount("sliceCount", &group->slice_count, kRequired);
  json.GetCount("rows", &group->rows, kRequired);
  json.GetCount("offset", &group->offset, kRequired);
  json.GetCount("bytes", &group->bytes, kRequired);
  json.Get("crc64", &group->crc64, kRequired);
}

void ReadPart(JsonReader& json, PartRecord* part) {
  json.Get("path", &part->path, kRequired);
  json.GetCount("rows", &part->rows, kRequired);
  json.GetCount("bytes", &part->bytes, kRequired);
  json.GetCount("textBytes", &part->text_bytes, kRequired);
  json.Get("digest", &part->digest, kRequired);
  json.GetList("slices", &part->slices, ReadSliceGroup, kRequired);
}

void ReadColumn(JsonReader& json, ColumnRecord* column) {
  json.Get("name", &column->name, kRequired);
  json.Get("sourceType", &column->source_type);
  json.Get("arrowType", &column->arrow_type);
  json.Get("targetType", &column->target_type);
  json.Get("fidelity", &column->fidelity);
  json.Get("note", &column->note);
  json.Get("encodings", &column->encodings);
  json.GetCount("count", &column->count);
  json.GetCount("nulls", &column->nulls);
}

void ReadRecord(JsonReader& json, CompletionRecord* record) {
  json.Get("version", &record->version, kRequired);
  if (record->version < 1 || record->version > kVersionMax) {
    json.Fail("version", "is not one this program knows; a newer weir wrote this record");
  }
  json.Get("weirVersion", &record->weir_version);
  json.Get("source", &record->source);
  json.Get("sourceVersion", &record->source_version);
  json.Get("snapshot", &record->snapshot);
  json.Get("position", &record->position);
  json.Get("format", &record->format, kRequired);
  json.Get("compression", &record->compression, kRequired);
  json.Get("digestAlgorithm", &record->digest_algorithm, kRequired);
  json.Get("schemaFingerprint", &record->schema_fingerprint);
  json.GetCount("rows", &record->rows, kRequired);
  json.GetCount("bytes", &record->bytes, kRequired);
  json.GetList("columns", &record->columns, ReadColumn);
  json.Get("lossyColumns", &record->lossy_columns);
  json.GetList("parts", &record->parts, ReadPart, kRequired);
  json.Get("started", &record->started);
  json.Get("ended", &record->ended);
  json.Get("seconds", &record->seconds);
  json.Get("jobs", &record->jobs);
  json.Get("memoryBytes", &record->memory_bytes);
  json.Get("peakRssBytes", &record->peak_rss_bytes);
  json.Get("libraries", &record->libraries);
}

}  // namespace

std::string ToJson(const CompletionRecord& record) {
  Json columns = Json::array(), parts = Json::array();
  for (const ColumnRecord& column : record.columns) columns.push_back(ColumnJson(column));
  for (const PartRecord& part : record.parts) parts.push_back(PartJson(part));
  const Json json = {{"version", record.version},
                     {"weirVersion", record.weir_version},
                     {"source", record.source},
                     {"sourceVersion", record.source_version},
                     {"snapshot", record.snapshot},
                     {"position", record.position},
                     {"format", record.format},
                     {"compression", record.compression},
                     {"digestAlgorithm", record.digest_algorithm},
                     {"schemaFingerprint", record.schema_fingerprint},
                     {"rows", record.rows},
                     {"bytes", record.bytes},
                     {"columns", std::move(columns)},
                     {"lossyColumns", record.lossy_columns},
                     {"parts", std::move(parts)},
                     {"started", record.started},
                     {"ended", record.ended},
                     {"seconds", record.seconds},
                     {"jobs", record.jobs},
                     {"memoryBytes", record.memory_bytes},
                     {"peakRssBytes", record.peak_rss_bytes},
                     {"libraries", record.libraries}};
  constexpr int kIndent = 2;
  // A file name need not be UTF-8, and JSON must be.
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<CompletionRecord> CompletionRecordFromJson(std::string_view text) {
  constexpr std::string_view kInvalid = "record.invalid";
  auto parsed = ParseJson(text, kInvalid);
  Status status = parsed.status();
  CompletionRecord record;
  if (status.ok()) {
    JsonReader json(*parsed, "", kInvalid, &status);
    if (status.ok()) ReadRecord(json, &record);
  }
  if (!status.ok()) return WithContext(status, "reading the completion record");
  return record;
}

}  // namespace weir
