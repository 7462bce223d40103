#include "format/xlsx/workbook.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

namespace weir {
namespace {

constexpr char kSheetMember[] = "xl/worksheets/sheet1.xml";

// A file without a name: libxlsxwriter writes to paths only, and nothing may be left behind.
class UnnamedFile {
 public:
  UnnamedFile() : fd_(memfd_create("workbook.xlsx", MFD_CLOEXEC)) {}
  ~UnnamedFile() {
    if (fd_ >= 0) close(fd_);
  }
  UnnamedFile(const UnnamedFile&) = delete;
  UnnamedFile& operator=(const UnnamedFile&) = delete;

  bool ok() const { return fd_ >= 0; }
  std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

  Result<std::string> Read() const {
    struct stat about;
    if (fstat(fd_, &about) != 0) return ErrnoError(errno, "reading the empty workbook");
    std::string content(static_cast<size_t>(about.st_size), '\0');
    const ssize_t got = pread(fd_, content.data(), content.size(), 0);
    if (got != about.st_size) return ErrnoError(errno, "reading the empty workbook");
    return content;
  }

 private:
  const int fd_;
};

std::string TemporaryDirectory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

Status TemporaryFilesFailed(std::string_view what) {
  return Error("xlsx.temporary_files",
               fmt::format("libxlsxwriter could not make the workbook in {}: {}",
                           TemporaryDirectory(), what),
               "set TMPDIR to a directory that can be written");
}

// Sets up styles and the sheet. The workbook must not be closed when it fails.
bool Describe(lxw_workbook* book, const std::vector<double>& column_widths, Workbook* result) {
  lxw_worksheet* sheet = workbook_add_worksheet(book, "records");
  lxw_format* bold = workbook_add_format(book);
  lxw_format* integer = workbook_add_format(book);
  lxw_format* date = workbook_add_format(book);
  if (sheet == nullptr || bold == nullptr || integer == nullptr || date == nullptr) return false;
  format_set_bold(bold);
  format_set_num_format_index(integer, 1);  // "0"
  format_set_num_format(date, "yyyy-mm-dd");
  result->bold_style = lxw_format_get_xf_index(bold);
  result->integer_style = lxw_format_get_xf_index(integer);
  result->date_style = lxw_format_get_xf_index(date);
  worksheet_freeze_panes(sheet, 1, 0);
  for (size_t i = 0; i < column_widths.size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    worksheet_set_column(sheet, column, column, column_widths[i], nullptr);
  }
  lxw_doc_properties properties{};
  properties.created = 946684800;  // 2000-01-01: the same rows give the same bytes
  return workbook_set_properties(book, &properties) == LXW_NO_ERROR;
}

Result<std::string> MakeArchive(const std::vector<double>& column_widths, Workbook* result) {
  UnnamedFile file;
  if (!file.ok()) return ErrnoError(errno, "making a file in memory");
  std::string directory = TemporaryDirectory();
  lxw_workbook_options options{};
  options.tmpdir = directory.data();
  lxw_workbook* book = workbook_new_opt(file.path().c_str(), &options);
  if (book == nullptr) return Error("memory.exhausted", "no memory for a workbook");
  if (!Describe(book, column_widths, result)) {
    lxw_workbook_free(book);
    return Error("memory.exhausted", "no memory for a workbook");
  }
  const lxw_error code = workbook_close(book);
  if (code != LXW_NO_ERROR) return TemporaryFilesFailed(lxw_strerror(code));
  return file.Read();
}

// True when `content` is a whole XML document: it ends with its root's end tag.
bool IsWhole(std::string_view content) {
  if (content.ends_with('\n')) content.remove_suffix(1);
  const size_t root = content.find('<', content.find("?>") + 2);
  if (root == std::string_view::npos) return false;
  const size_t end = content.find_first_of(" >", root);
  if (end == std::string_view::npos) return false;
  return content.ends_with(fmt::format("</{}>", content.substr(root + 1, end - root - 1)));
}

// Splits the sheet where rows belong. Its dimension, one cell, is taken out: readers believe it.
Status SplitSheet(std::string sheet, Workbook* result) {
  constexpr std::string_view kNoData = "<sheetData/>";
  const size_t dimension = sheet.find("<dimension ");
  if (dimension != std::string::npos) {
    sheet.erase(dimension, sheet.find("/>", dimension) + 2 - dimension);
  }
  const size_t data = sheet.find(kNoData);
  if (data == std::string::npos) return Error("internal", "libxlsxwriter's sheet has no rows");
  result->sheet_head = sheet.substr(0, data) + "<sheetData>";
  result->sheet_tail = "</sheetData>" + sheet.substr(data + kNoData.size());
  return Status::OK();
}

}  // namespace

Result<Workbook> MakeWorkbook(const std::vector<double>& column_widths) {
  Workbook workbook;
  ARROW_ASSIGN_OR_RAISE(std::string archive, MakeArchive(column_widths, &workbook));
  // It goes on without what it had no memory for, which would hardly be the same thing twice.
  ARROW_ASSIGN_OR_RAISE(std::string again, MakeArchive(column_widths, &workbook));
  if (archive != again) return Error("memory.exhausted", "no memory for a workbook");
  ARROW_ASSIGN_OR_RAISE(auto members, ReadZip(archive));
  for (ZipMember& member : members) {
    ARROW_ASSIGN_OR_RAISE(std::string content, Inflate(member));
    // It does not look whether its temporary files were written.
    if (!IsWhole(content)) return TemporaryFilesFailed("a part is cut off; is the disk full?");
    if (member.name == kSheetMember) {
      workbook.sheet_name = member.name;
      ARROW_RETURN_NOT_OK(SplitSheet(std::move(content), &workbook));
    } else {
      workbook.members.push_back(std::move(member));
    }
  }
  if (workbook.sheet_name.empty()) return Error("internal", "libxlsxwriter made no sheet");
  return workbook;
}

}  // namespace weir
