#include "format/xml/json_to_xml.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "format/json/json_string.h"
#include "format/xml/json_unescape.h"
#include "format/xml/xml_name.h"
#include "format/xml/xml_text.h"

namespace weir {
namespace {

namespace ondemand = simdjson::ondemand;

Status InvalidJson(std::string_view what) {
  return Error("format.invalid_json", fmt::format("not a JSON value: {}", what),
               "write it as text with --nested string");
}

Status FromSimdjson(simdjson::error_code error) {
  if (error == simdjson::UTF8_ERROR) {
    return Error("format.invalid_utf8", "the JSON value is not UTF-8");
  }
  return InvalidJson(simdjson::error_message(error));
}

std::string_view TrimEnd(std::string_view token) {
  return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
}

// The inside of the literal that begins at `quote`, up to its closing quotation mark or `end`.
std::string_view LiteralBody(const char* quote, const char* end) {
  const char* at = quote;
  while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
  return {quote, static_cast<size_t>(std::min(at, end) - quote)};
}

Status TooLarge() {
  return Error("memory.value_too_large",
               "the elements that the JSON value becomes do not fit into the memory",
               "raise --memory, or write it as text with --nested string");
}

// Bytes of the parser's index, as many as it has entries: one for each bracket, comma, colon and
// scalar. What it reserves beyond them is never touched.
size_t IndexBytes(std::string_view json) {
  size_t marks = 0;
  for (const char c : json) marks += c == ',' || c == ':' || c == '{' || c == '[';
  return 8 * marks;
}

// Buffers that one value made larger than this are given back after it.
constexpr size_t kKeptBytesMax = 1 << 20;

}  // namespace

struct JsonToXml::State {
  ondemand::parser parser;
  ByteBuffer padded;   // the value, and the bytes behind it that the parser may read
  ByteBuffer scratch;  // a string without its escapes
};

// One value's way through the parser. Elements are closed by copying their name from the start tag
// that `out_` already holds.
class JsonToXml::Walk {
 public:
  // Writes until `out` holds `out_bytes_max`.
  Walk(State* state, ByteBuffer* out, size_t out_bytes_max)
      : scratch_(state->scratch),
        out_(*out),
        out_bytes_max_(out_bytes_max),
        end_(state->padded.data() + state->padded.size()) {}

  Status Root(ondemand::document& document, std::string_view name) {
    bool scalar;
    if (auto error = document.is_scalar().get(scalar)) return FromSimdjson(error);
    ARROW_RETURN_NOT_OK(Value(document, Open(name), 1));
    return AtEnd(document, scalar) ? Status::OK() : InvalidJson("more text behind its end");
  }

 private:
  // A name in out_.
  struct Tag {
    size_t offset;
    size_t size;
  };

  // Whether the value just taken was all of the document. A scalar's token is still at hand: it
  // reaches to the next one.
  bool AtEnd(ondemand::document& document, bool scalar) const {
    if (scalar) {
      const std::string_view token = document.raw_json_token().value_unsafe();
      return token.data() + token.size() == end_;
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  Tag Open(std::string_view name) {
    out_.Append('<');
    const Tag tag{out_.size(), name.size()};
    out_.Append(name);
    return tag;
  }

  void Close(Tag tag) {
    char* to = out_.Reserve(tag.size + 3);
    to[0] = '<';
    to[1] = '/';
    std::memcpy(to + 2, out_.data() + tag.offset, tag.size);
    to[tag.size + 2] = '>';
    out_.Commit(tag.size + 3);
  }

  // Appends the rest of the element whose `<name` is already there.
  template <typename V>
  Status Value(V& value, Tag tag, int depth) {
    if (depth > kXmlDepthMax) return TooDeep();
    if (out_.size() > out_bytes_max_) return TooLarge();
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return FromSimdjson(error);
    if (type == ondemand::json_type::object) return Object(value, tag, depth);
    if (type == ondemand::json_type::array) return Array(value, tag, depth);
    std::string_view token;
    if (auto error = Token(value).get(token)) return FromSimdjson(error);
    return Scalar(TrimEnd(token), tag);
  }

  static simdjson::simdjson_result<std::string_view> Token(ondemand::document& document) {
    return document.raw_json_token();
  }
  static simdjson::simdjson_result<std::string_view> Token(ondemand::value& value) {
    return value.raw_json_token();
  }

  template <typename V>
  Status Object(V& value, Tag tag, int depth) {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return FromSimdjson(error);
    out_.Append(R"( type="object")");
    bool empty = true;
    for (auto entry : object) {
      ondemand::field field;
      if (auto error = std::move(entry).get(field)) return FromSimdjson(error);
      if (empty) out_.Append('>');
      empty = false;
      Tag child;
      ARROW_RETURN_NOT_OK(OpenMember(field.key(), &child));
      ARROW_RETURN_NOT_OK(Value(field.value(), child, depth + 1));
    }
    CloseContainer(tag, empty);
    return Status::OK();
  }

  template <typename V>
  Status Array(V& value, Tag tag, int depth) {
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return FromSimdjson(error);
    out_.Append(R"( type="array")");
    bool empty = true;
    for (auto entry : array) {
      ondemand::value item;
      if (auto error = entry.get(item)) return FromSimdjson(error);
      if (empty) out_.Append('>');
      empty = false;
      ARROW_RETURN_NOT_OK(Value(item, Open("item"), depth + 1));
    }
    CloseContainer(tag, empty);
    return Status::OK();
  }

  void CloseContainer(Tag tag, bool empty) {
    if (empty) {
      out_.Append("/>");
    } else {
      Close(tag);
    }
  }

  Status OpenMember(ondemand::raw_json_string key, Tag* tag) {
    std::string_view name = LiteralBody(key.raw(), end_);
    ARROW_RETURN_NOT_OK(Unescape(&name));
    out_.Append('<');
    tag->offset = out_.size();
    AppendXmlName(name, &out_);
    tag->size = out_.size() - tag->offset;
    return Status::OK();
  }

  Status Scalar(std::string_view token, Tag tag) {
    switch (token.empty() ? 0 : token[0]) {
      case '"':
        return String(token, tag);
      case 't':
      case 'f':
        if (token != "true" && token != "false") return InvalidJson(token);
        out_.Append(R"( type="boolean">)");
        break;
      case 'n':
        if (token != "null") return InvalidJson(token);
        out_.Append(R"( type="null"/>)");
        return Status::OK();
      default:
        if (!IsJsonNumber(token)) return InvalidJson(token);
        out_.Append(R"( type="number">)");
        break;
    }
    out_.Append(token);
    Close(tag);
    return Status::OK();
  }

  Status String(std::string_view token, Tag tag) {
    std::string_view text = LiteralBody(token.data() + 1, token.data() + token.size());
    if (text.size() + 2 != token.size()) return InvalidJson(token);
    ARROW_RETURN_NOT_OK(Unescape(&text));
    AppendXmlContent(text, InspectXmlText(text), &out_);
    Close(tag);
    return Status::OK();
  }

  // Replaces a literal's inside by its text, which is valid until the next call.
  Status Unescape(std::string_view* body) {
    if (std::memchr(body->data(), '\\', body->size()) == nullptr) return Status::OK();
    scratch_.Clear();
    if (!AppendUnescapedJson(*body, &scratch_)) return InvalidJson(*body);
    *body = scratch_.view();
    return Status::OK();
  }

  static Status TooDeep() {
    return Error("format.json_too_deep",
                 fmt::format("the JSON value is nested deeper than {} levels", kXmlDepthMax),
                 "write it as text with --nested string");
  }

  ByteBuffer& scratch_;
  ByteBuffer& out_;
  const size_t out_bytes_max_;
  const char* const end_;
};

JsonToXml::JsonToXml(int64_t bytes_max)
    : bytes_max_(bytes_max > 0 ? static_cast<size_t>(bytes_max) : SIZE_MAX),
      state_(std::make_unique<State>()) {}
JsonToXml::~JsonToXml() = default;

Status JsonToXml::Append(std::string_view name, std::string_view json, ByteBuffer* out) {
  const size_t held = json.size() > kKeptBytesMax ? 3 * json.size() + IndexBytes(json) : 0;
  if (held + json.size() > bytes_max_) return TooLarge();
  ByteBuffer& padded = state_->padded;
  padded.Clear();
  char* at = padded.Reserve(json.size() + simdjson::SIMDJSON_PADDING);
  std::memcpy(at, json.data(), json.size());
  std::memset(at + json.size(), ' ', simdjson::SIMDJSON_PADDING);
  padded.Commit(json.size());
  ondemand::document document;
  auto error = state_->parser.iterate(padded.data(), json.size(), padded.capacity()).get(document);
  Status status =
      error ? FromSimdjson(error) : Walk(state_.get(), out, bytes_max_ - held).Root(document, name);
  if (json.size() > kKeptBytesMax) state_ = std::make_unique<State>();
  return status;
}

}  // namespace weir
