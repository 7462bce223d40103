// Copies in miniature for the tests of Verify: a directory of three parts of text, each with five
// slices between header, separators and end.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/crc64.h"
#include "base/digest.h"
#include "core/verify.h"

namespace weir {

class VerifyFixture {
 public:
  static constexpr int kParts = 3;
  static constexpr int kSlicesPerPart = 5;
  static constexpr int kRowsPerSlice = 10;

  explicit VerifyFixture(const Compression* compression = nullptr, std::string digest = "sha256")
      : compression_(compression) {
    // In memory where there is such a place: thousands of rewrites need not wait for a disk.
    const bool fast = access("/dev/shm", W_OK) == 0;
    const auto parent = fast ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string name = (parent / "weir_test_XXXXXX").string();
    dir_ = mkdtemp(name.data());
    if (compression_ != nullptr) registry_.compressions.push_back(*compression_);
    record_.format = "json";
    record_.compression = compression_ == nullptr ? "none" : compression_->name;
    record_.digest_algorithm = std::move(digest);
    for (int part = 0; part < kParts; ++part) AddPart(part);
  }
  ~VerifyFixture() {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }

  CompletionRecord& record() { return record_; }
  PartRecord& part(int i) { return record_.parts[i]; }
  Registry& registry() { return registry_; }
  std::string PathOf(int i) const { return dir_ + "/" + record_.parts[i].path; }
  const std::string& dir() const { return dir_; }

  std::string Read(int i) const {
    std::ifstream file(PathOf(i), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void Write(int i, std::string_view bytes) const {
    std::ofstream(PathOf(i), std::ios::binary) << bytes;
  }
  void Flip(int i, size_t at) const {
    std::string bytes = Read(i);
    bytes[at] ^= 0x10;
    Write(i, bytes);
  }

  VerifyReport Run() const {
    VerifyReport report = Verify(record_, dir_, registry_).ValueOrDie();
    EXPECT_EQ(report.ok, report.problems.empty());
    return report;
  }
  // The one problem there must be.
  VerifyProblem RunForOne() const {
    VerifyReport report = Run();
    EXPECT_EQ(report.problems.size(), 1u) << Messages(report);
    return report.problems.empty() ? VerifyProblem() : report.problems.front();
  }
  static std::string Messages(const VerifyReport& report) {
    std::string messages;
    for (const VerifyProblem& problem : report.problems) messages += problem.message + "\n";
    return messages;
  }

 private:
  void AddText(std::string_view text, PartRecord* part) {
    part->text_bytes += static_cast<int64_t>(text.size());
    if (compression_ == nullptr) {
      bytes_ += text;
      return;
    }
    ByteBuffer out;
    joiner_->Add(compressor_->Compress(text, &out).ValueOrDie());
    bytes_ += out.view();
  }

  void AddSlice(int64_t slice, PartRecord* part) {
    std::string text;
    for (int row = 0; row < kRowsPerSlice; ++row) {
      const int64_t id = slice * kRowsPerSlice + row;
      text += "{\"id\":" + std::to_string(1000 + id) +
              ",\"v\":" + std::to_string(100000 + id * id * 7919 % 900000) + "}\n";
    }
    SliceGroupRecord group;
    group.first_slice = slice;
    group.slice_count = 1;
    group.rows = kRowsPerSlice;
    group.offset = part->text_bytes;
    group.bytes = static_cast<int64_t>(text.size());
    group.crc64 = Crc64Hex(Crc64(0, text));
    part->rows += group.rows;
    part->slices.push_back(group);
    AddText(text, part);
  }

  void AddPart(int index) {
    PartRecord part;
    part.path = "part-0000" + std::to_string(index) + ".json";
    bytes_.clear();
    if (compression_ != nullptr) {
      compressor_ = compression_->make_compressor(compression_->level_default).ValueOrDie();
      joiner_ = compression_->make_joiner();
      bytes_ = joiner_->Begin();
    }
    AddText("[\n", &part);
    for (int i = 0; i < kSlicesPerPart; ++i) {
      if (i > 0) AddText(",\n", &part);
      AddSlice(index * kSlicesPerPart + i, &part);
    }
    AddText("\n]\n", &part);
    if (compression_ != nullptr) bytes_ += joiner_->End();
    part.bytes = static_cast<int64_t>(bytes_.size());
    auto digest = Digest::Make(record_.digest_algorithm).ValueOrDie();
    digest->Update(bytes_);
    part.digest = digest->FinishHex();
    record_.rows += part.rows;
    record_.bytes += part.bytes;
    record_.parts.push_back(std::move(part));
    Write(index, bytes_);
  }

  const Compression* const compression_;
  std::unique_ptr<ChunkCompressor> compressor_;
  std::unique_ptr<StreamJoiner> joiner_;
  std::string bytes_;
  std::string dir_;
  CompletionRecord record_;
  Registry registry_;
};

}  // namespace weir
