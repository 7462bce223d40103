#include "io/compress/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <random>

namespace weir {
namespace {

std::string RandomText(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) text += std::to_string(random()) + ",name " + char('a' + seed % 26);
  text.resize(size);
  return text;
}

std::string RandomBytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string Join(const Compression& compression, int level,
                 const std::vector<std::string>& chunks) {
  auto compressor = compression.make_compressor(level).ValueOrDie();
  auto joiner = compression.make_joiner();
  std::string stream = joiner->Begin();
  for (const std::string& chunk : chunks) {
    ByteBuffer out;
    ChunkTail tail = compressor->Compress(chunk, &out).ValueOrDie();
    EXPECT_EQ(tail.bytes, static_cast<int64_t>(chunk.size()));
    joiner->Add(tail);
    stream += out.view();
  }
  return stream + joiner->End();
}

Result<std::string> Decompress(const Compression& compression, std::string_view stream,
                               size_t piece = SIZE_MAX) {
  ARROW_ASSIGN_OR_RAISE(auto decompressor, compression.make_decompressor());
  std::string text;
  auto emit = [&](std::string_view output) {
    text += output;
    return Status::OK();
  };
  for (size_t at = 0; at < stream.size(); at += std::min(piece, stream.size() - at)) {
    ARROW_RETURN_NOT_OK(decompressor->Feed(stream.substr(at, piece), emit));
  }
  ARROW_RETURN_NOT_OK(decompressor->Finish());
  return text;
}

// zlib reads one member; a reader that shares no code with ISA-L's.
Result<std::string> ZlibGunzip(std::string_view stream) {
  z_stream z{};
  inflateInit2(&z, 16 + MAX_WBITS);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stream.data()));
  z.avail_in = static_cast<uInt>(stream.size());
  std::string text, buffer(1 << 16, '\0');
  int code = Z_OK;
  while (code == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(buffer.data());
    z.avail_out = static_cast<uInt>(buffer.size());
    code = inflate(&z, Z_NO_FLUSH);
    text.append(buffer, 0, buffer.size() - z.avail_out);
  }
  const bool complete = code == Z_STREAM_END && z.avail_in == 0;
  inflateEnd(&z);
  if (!complete) return Error("test", "zlib refuses");
  return text;
}

std::string Concatenate(const std::vector<std::string>& chunks) {
  std::string text;
  for (const std::string& chunk : chunks) text += chunk;
  return text;
}

std::vector<std::vector<std::string>> ChunkLists() {
  return {{"id,name\n", RandomText(300000, 1), ",", "", RandomText(70000, 2), "]\n"},
          {"x"},
          {RandomBytes(500000, 3), std::string(3 << 20, 'a'), RandomBytes(65536, 4)},
          {},
          {""}};
}

class CompressionTest : public testing::TestWithParam<const char*> {
 protected:
  Compression compression() const {
    return GetParam() == std::string("gzip") ? GzipCompression() : ZstdCompression();
  }
};

INSTANTIATE_TEST_SUITE_P(All, CompressionTest, testing::Values("gzip", "zstd"));

TEST_P(CompressionTest, RoundTripAtEveryLevel) {
  const Compression c = compression();
  ASSERT_LE(c.level_min, c.level_default);
  ASSERT_LE(c.level_default, c.level_max);
  for (int level = c.level_min; level <= c.level_max; ++level) {
    for (const auto& chunks : ChunkLists()) {
      ASSERT_EQ(*Decompress(c, Join(c, level, chunks)), Concatenate(chunks)) << level;
    }
  }
}

TEST_P(CompressionTest, AnyCutOfTheInputReadsTheSame) {
  const Compression c = compression();
  const std::vector<std::string> chunks = {"head\n", RandomText(20000, 5), RandomBytes(9000, 6)};
  const std::string stream = Join(c, 1, chunks) + Join(c, 2, {"second stream"});
  const std::string text = Concatenate(chunks) + "second stream";
  for (size_t piece = 1; piece < 40; ++piece) {
    ASSERT_EQ(*Decompress(c, stream, piece), text) << piece;
  }
}

TEST_P(CompressionTest, BytesDependOnTheChunksAlone) {
  const Compression c = compression();
  for (int level : {1, 2, 3, 5}) {
    auto used = c.make_compressor(level).ValueOrDie();
    ByteBuffer ignored;
    ASSERT_TRUE(used->Compress(RandomBytes(6 << 20, 7), &ignored).ok());
    for (uint32_t seed = 0; seed < 8; ++seed) {
      const std::string chunk = RandomText(1 + seed * 50000, seed);
      ByteBuffer first, second;
      ASSERT_TRUE(used->Compress(chunk, &first).ok());
      auto fresh = c.make_compressor(level).ValueOrDie();
      ASSERT_TRUE(fresh->Compress(chunk, &second).ok());
      ASSERT_EQ(first.view(), second.view()) << level << " " << seed;
      EXPECT_LE(first.capacity(), std::max<size_t>(first.size(), 256));
    }
  }
}

// Where a compressor lies in memory must not show. The chunks come back to their first bytes, which
// is where ISA-L's levels 1 and 2 would differ, in about one of a thousand chunks.
TEST_P(CompressionTest, BytesDoNotDependOnAddresses) {
  const Compression c = compression();
  for (int level : {1, 2, 3}) {
    auto first = c.make_compressor(level).ValueOrDie();
    const std::string apart(10 << 20, 'x');
    auto second = c.make_compressor(level).ValueOrDie();
    for (uint32_t seed = 0; seed < 6000; ++seed) {
      const std::string opening = RandomBytes(12, seed), between = RandomBytes(40, seed + 1);
      const std::string chunk =
          fmt::format("{}{}{}{}{}----{}", opening, between, opening, between.substr(20),
                      opening.substr(1), opening.substr(2));
      ByteBuffer one, two;
      ASSERT_TRUE(first->Compress(chunk, &one).ok());
      ASSERT_TRUE(second->Compress(chunk, &two).ok());
      ASSERT_EQ(one.view(), two.view()) << level << " " << seed;
    }
  }
}

TEST_P(CompressionTest, EveryCutIsTruncated) {
  const Compression c = compression();
  const std::string stream = Join(c, 1, {"id,name\n", "1,x\n2,y\n", "3,zzzzzzzzzzz\n"});
  std::string_view whole = stream;
  for (size_t size = 0; size < stream.size(); ++size) {
    auto text = Decompress(c, whole.substr(0, size));
    if (text.ok()) {
      // Between two frames of zstd the stream is complete as far as zstd can tell.
      EXPECT_EQ(GetParam(), std::string("zstd"));
      EXPECT_LT(text->size(), 8u + 8 + 14);
      continue;
    }
    EXPECT_TRUE(IsErrorCode(text.status(), "compress.truncated"))
        << size << " " << text.status().ToString();
  }
}

// Some bits of a header mean nothing for the text (gzip's time and system); a flip of any other
// is an error. Never is it other text.
TEST_P(CompressionTest, EveryFlippedBitIsFoundOrHarmless) {
  const Compression c = compression();
  const std::vector<std::string> chunks = {"id,name\n", RandomText(200, 8), "3,zzzzzzzzzzz\n"};
  const std::string text = Concatenate(chunks);
  for (int level : {1, c.level_max}) {
    const std::string stream = Join(c, level, chunks);
    int harmless = 0;
    for (size_t bit = 0; bit < stream.size() * 8; ++bit) {
      std::string damaged = stream;
      damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
      auto read = Decompress(c, damaged);
      if (read.ok()) {
        ++harmless;
        ASSERT_EQ(*read, text) << bit;
      } else {
        const std::string code = GetErrorInfo(read.status()).code;
        ASSERT_TRUE(code == "compress.corrupt" || code == "compress.truncated") << code;
      }
    }
    // gzip: 8 x 6 bits of time, flags and system, the text flag, and stored blocks' padding bits.
    EXPECT_LE(harmless, 120) << level;
  }
}

TEST_P(CompressionTest, BytesAfterTheEndAreFound) {
  const Compression c = compression();
  const std::string stream = Join(c, 1, {"text"});
  for (const std::string& garbage : {std::string("garbage after the end"), std::string(64, '\0')}) {
    EXPECT_TRUE(IsErrorCode(Decompress(c, stream + garbage).status(), "compress.corrupt"));
  }
  EXPECT_FALSE(Decompress(c, stream + "x").ok());
}

TEST_P(CompressionTest, RandomDamageNeverCrashes) {
  const Compression c = compression();
  const std::string stream = Join(c, 1, {RandomText(30000, 9), RandomBytes(5000, 10)});
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = stream;
    for (uint32_t i = 0; i <= random() % 4; ++i) damaged[random() % damaged.size()] = random();
    if (random() % 4 == 0) damaged.resize(random() % damaged.size());
    auto read = Decompress(c, damaged, 1 + random() % 5000);
    if (read.ok() && GetParam() == std::string("gzip")) {
      ASSERT_EQ(*ZlibGunzip(damaged), *read);
    }
  }
}

TEST_P(CompressionTest, AFailingReaderEndsTheStream) {
  const Compression c = compression();
  auto decompressor = c.make_decompressor().ValueOrDie();
  Status status = decompressor->Feed(Join(c, 1, {"text"}),
                                     [](std::string_view) { return Error("test.stop", "stop"); });
  EXPECT_TRUE(IsErrorCode(status, "test.stop"));
}

TEST(Gzip, IsOneMemberThatZlibReads) {
  const Compression c = GzipCompression();
  for (int level = c.level_min; level <= c.level_max; ++level) {
    for (const auto& chunks : ChunkLists()) {
      ASSERT_EQ(*ZlibGunzip(Join(c, level, chunks)), Concatenate(chunks)) << level;
    }
  }
}

TEST(Gzip, HeaderAndTrailerAreFixed) {
  const Compression c = GzipCompression();
  const std::string empty = Join(c, 1, {});
  EXPECT_EQ(empty, std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0", 20));
}

TEST(Gzip, LengthIsCountedModulo32Bits) {
  auto joiner = GzipCompression().make_joiner();
  joiner->Add({0x12345678, (int64_t{1} << 32) + 5});
  const std::string end = joiner->End();
  EXPECT_EQ(end.substr(end.size() - 4), std::string("\5\0\0\0", 4));
}

TEST(Gzip, SmallerAtHighLevels) {
  const Compression c = GzipCompression();
  const std::vector<std::string> chunks = {RandomText(400000, 12)};
  EXPECT_LT(Join(c, 9, chunks).size(), Join(c, 1, chunks).size());
}

// The gzip and zstd programs, where they are installed, have the last word.
TEST(Gzip, ProgramsAgree) {
  for (const auto& [compression, program] :
       {std::pair{GzipCompression(), "gzip"}, std::pair{ZstdCompression(), "zstd"}}) {
    if (std::system((std::string(program) + " --version >/dev/null 2>&1").c_str()) != 0) continue;
    for (const auto& chunks : ChunkLists()) {
      FILE* pipe = popen((std::string(program) + " -tq").c_str(), "w");
      const std::string stream = Join(compression, 1, chunks);
      fwrite(stream.data(), 1, stream.size(), pipe);
      EXPECT_EQ(pclose(pipe), 0) << program;
    }
  }
}

TEST(Zstd, FramesCarryChecksumAndSize) {
  const Compression c = ZstdCompression();
  const std::string stream = Join(c, 1, {RandomText(1000, 13)});
  EXPECT_EQ(ZSTD_getFrameContentSize(stream.data(), stream.size()), 1000u);
  EXPECT_NE(static_cast<unsigned char>(stream[4]) & 4, 0) << "content checksum flag";
}

}  // namespace
}  // namespace weir
