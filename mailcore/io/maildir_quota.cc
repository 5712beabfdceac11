#include "mailcore/io/maildir_quota.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <functional>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mailcore/io/errno_status.h"
#include "mailcore/io/maildir.h"

namespace mailsec::io {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr char kFile[] = "maildirsize";
constexpr char kTrash[] = ".Trash";
constexpr absl::Duration kStale = absl::Minutes(15);  // Maildir++.
constexpr size_t kMaxFolders = 10000;                 // Ours.
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

// What is in the file. Nothing is left of one that is damaged.
struct SizeFile {
  MaildirQuota quota;
  int64_t octets = 0;
  int64_t messages = 0;
  size_t lines = 0;  // Of sums.
  absl::Time written;
};

uint64_t Plus(uint64_t a, uint64_t b) { return a > kMost - b ? kMost : a + b; }

// False if the sum is no int64_t.
bool Add(absl::string_view number, int64_t* sum) {
  int64_t value = 0;
  return absl::SimpleAtoi(number, &value) &&
         !__builtin_add_overflow(*sum, value, sum);
}

//   quota = limit *( "," limit )
//   limit = 1*DIGIT ( "S" / "C" / ALPHA )   ; others are unknown, and passed over
std::optional<MaildirQuota> ParseQuota(absl::string_view line) {
  MaildirQuota quota;
  if (absl::StripAsciiWhitespace(line).empty()) return quota;
  for (absl::string_view limit : absl::StrSplit(line, ',')) {
    limit = absl::StripAsciiWhitespace(limit);
    if (limit.empty() || !absl::ascii_isalpha(limit.back())) {
      return std::nullopt;
    }
    const char kind = limit.back();
    limit.remove_suffix(1);
    uint64_t number = 0;
    if (limit.find_first_not_of("0123456789") != absl::string_view::npos ||
        !absl::SimpleAtoi(limit, &number)) {
      return std::nullopt;
    }
    if (kind == 'S') quota.octets = number;
    if (kind == 'C') quota.messages = number;
  }
  return quota;
}

std::optional<SizeFile> ParseFile(absl::string_view text, absl::Time written) {
  // A line that was not written to its end is damage.
  if (text.empty() || text.back() != '\n') return std::nullopt;
  text.remove_suffix(1);
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const std::optional<MaildirQuota> quota = ParseQuota(lines[0]);
  if (!quota) return std::nullopt;
  SizeFile file = {
      .quota = *quota, .lines = lines.size() - 1, .written = written};
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(lines[i], absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.size() != 2 || !Add(words[0], &file.octets) ||
        !Add(words[1], &file.messages)) {
      return std::nullopt;
    }
  }
  if (file.octets < 0 || file.messages < 0) return std::nullopt;
  return file;
}

// Nothing if there is none that can be believed.
std::optional<SizeFile> ReadSizeFile(int maildir) {
  // O_NONBLOCK: it may be a pipe that nobody writes to.
  const int fd =
      openat(maildir, kFile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  const auto close_it = absl::MakeCleanup([fd] { close(fd); });
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  std::string text(kMaxMaildirSizeOctets + 1, '\0');
  size_t octets = 0;
  while (octets < text.size()) {
    const ssize_t n = read(fd, text.data() + octets, text.size() - octets);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    octets += static_cast<size_t>(n);
  }
  if (octets > kMaxMaildirSizeOctets) return std::nullopt;
  text.resize(octets);
  return ParseFile(text, absl::TimeFromTimespec(info.st_mtim));
}

// Calls `each` for the names in folder `name` of `parent`; none if there is no
// such folder. False from `each` ends it.
absl::Status ForEach(int parent, const char* name,
                     const std::function<bool(int folder, const char*)>& each) {
  const int fd = openat(parent, name, kFolderFlags);
  if (fd < 0) {
    // A link or a file is no folder of messages.
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
      return absl::OkStatus();
    }
    return ErrnoStatus(errno, absl::StrCat("cannot look into ", name));
  }
  DIR* const folder = fdopendir(fd);
  if (folder == nullptr) {
    close(fd);
    return ErrnoStatus(errno, absl::StrCat("cannot look into ", name));
  }
  const auto close_it = absl::MakeCleanup([folder] { closedir(folder); });
  while (const dirent* entry = readdir(folder)) {
    if (!each(fd, entry->d_name)) break;
  }
  return absl::OkStatus();
}

// ",S=1234" in the name of a message, as Maildir++ has it.
std::optional<uint64_t> SizeInName(absl::string_view name) {
  const size_t at = name.find(",S=");
  if (at == absl::string_view::npos) return std::nullopt;
  absl::string_view digits = name.substr(at + 3);
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  uint64_t size = 0;
  if (!absl::SimpleAtoi(digits, &size)) return std::nullopt;
  return size;
}

// Flag T of ":2,FLAGS".
bool IsTrashed(absl::string_view name) {
  const size_t at = name.rfind(":2,");
  return at != absl::string_view::npos &&
         absl::StrContains(name.substr(at), "T");
}

class Counter {
 public:
  absl::Status Count(int maildir) {
    absl::Status status = CountFolder(maildir);
    std::vector<std::string> folders;
    status.Update(ForEach(maildir, ".", [&](int, const char* name) {
      const absl::string_view text(name);
      if (text.size() > 1 && text[0] == '.' && text != ".." && text != kTrash) {
        folders.emplace_back(text);
      }
      return folders.size() < kMaxFolders;
    }));
    if (folders.size() == kMaxFolders) is_whole_ = false;
    for (const std::string& name : folders) {
      const int fd = openat(maildir, name.c_str(), kFolderFlags);
      if (fd < 0) continue;
      status.Update(CountFolder(fd));
      close(fd);
    }
    return status;
  }

  uint64_t octets() const { return octets_; }
  uint64_t messages() const { return messages_; }
  bool is_whole() const { return is_whole_; }

 private:
  absl::Status CountFolder(int folder) {
    absl::Status status;
    for (const char* name : {"new", "cur"}) {
      status.Update(ForEach(folder, name, [this](int fd, const char* message) {
        return AddMessage(fd, message);
      }));
    }
    return status;
  }

  bool AddMessage(int folder, const char* name) {
    if (name[0] == '.' || IsTrashed(name)) return true;
    if (messages_ == kMaxMessagesCounted) return is_whole_ = false;
    std::optional<uint64_t> size = SizeInName(name);
    if (!size) {
      struct stat info;
      if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
          !S_ISREG(info.st_mode)) {
        return true;  // It was removed meanwhile, or is no message.
      }
      size = static_cast<uint64_t>(info.st_size);
    }
    octets_ = Plus(octets_, *size);
    ++messages_;
    return true;
  }

  uint64_t octets_ = 0;
  uint64_t messages_ = 0;
  bool is_whole_ = true;
};

std::string ToText(const MaildirUsage& usage) {
  std::vector<std::string> limits;
  if (usage.quota.octets > 0) {
    limits.push_back(absl::StrCat(usage.quota.octets, "S"));
  }
  if (usage.quota.messages > 0) {
    limits.push_back(absl::StrCat(usage.quota.messages, "C"));
  }
  std::string text;
  for (const std::string& limit : limits) {
    absl::StrAppend(&text, text.empty() ? "" : ",", limit);
  }
  return absl::StrCat(text, "\n", usage.octets, " ", usage.messages, "\n");
}

// One write, so that nobody reads a half. A fault does no harm: whoever comes
// next counts.
void WriteSizeFile(int maildir, const MaildirUsage& usage) {
  static std::atomic<uint64_t> count = 0;
  const std::string name =
      absl::StrCat("tmp/", kFile, ".", getpid(), ".", ++count);
  const int fd =
      openat(maildir, name.c_str(),
             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const std::string text = ToText(usage);
  const ssize_t n = write(fd, text.data(), text.size());
  close(fd);
  if (n != static_cast<ssize_t>(text.size()) ||
      renameat(maildir, name.c_str(), maildir, kFile) != 0) {
    unlinkat(maildir, name.c_str(), 0);
  }
}

absl::StatusOr<MaildirUsage> CountAnew(int maildir, const MaildirQuota& quota) {
  Counter counter;
  const absl::Status status = counter.Count(maildir);
  if (!status.ok()) return status;
  const MaildirUsage usage = {.quota = quota,
                              .octets = counter.octets(),
                              .messages = counter.messages()};
  if (counter.is_whole()) WriteSizeFile(maildir, usage);
  return usage;
}

// -1 in *fd if there is none.
absl::Status OpenMaildir(const std::string& root, const std::string& mailbox,
                         int* fd) {
  if (!CanBeMaildir(mailbox)) {
    return absl::InvalidArgumentError("this cannot name a Maildir");
  }
  const int parent = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return ErrnoStatus(errno, absl::StrCat("cannot open ", root));
  *fd = openat(parent, mailbox.c_str(), kFolderFlags);
  const int error = *fd < 0 ? errno : 0;
  close(parent);
  if (error == 0 || error == ENOENT) return absl::OkStatus();
  return ErrnoStatus(error, absl::StrCat("cannot open ", root, "/", mailbox));
}

}  // namespace

uint64_t MaildirUsage::room_octets() const {
  if (quota.messages > 0 && messages >= quota.messages) return 0;
  if (quota.octets == 0) return kMost;
  return octets >= quota.octets ? 0 : quota.octets - octets;
}

absl::StatusOr<MaildirUsage> ReadMaildirUsage(const std::string& root,
                                              const std::string& mailbox,
                                              const MaildirQuota& configured,
                                              absl::Time now,
                                              uint64_t wanted_octets) {
  int maildir = -1;
  const absl::Status opened = OpenMaildir(root, mailbox, &maildir);
  if (!opened.ok()) return opened;
  if (maildir < 0) return MaildirUsage{.quota = configured};
  const auto close_it = absl::MakeCleanup([maildir] { close(maildir); });
  const std::optional<SizeFile> file = ReadSizeFile(maildir);
  if (!file) {
    if (!configured.is_set()) return MaildirUsage();
    return CountAnew(maildir, configured);
  }
  const MaildirQuota quota = configured.is_set() ? configured : file->quota;
  const MaildirUsage usage = {
      .quota = quota,
      .octets = static_cast<uint64_t>(file->octets),
      .messages = static_cast<uint64_t>(file->messages)};
  if (!quota.is_set()) return usage;
  // A file of the future is as old as one of long ago.
  const bool may_be_wrong =
      file->lines != 1 || absl::AbsDuration(now - file->written) > kStale;
  if (!(file->quota == quota) ||
      (!usage.HasRoomFor(wanted_octets) && may_be_wrong)) {
    return CountAnew(maildir, quota);
  }
  return usage;
}

absl::Status AddToMaildirUsage(const std::string& root,
                               const std::string& mailbox, uint64_t octets) {
  int maildir = -1;
  const absl::Status opened = OpenMaildir(root, mailbox, &maildir);
  if (!opened.ok() || maildir < 0) return opened;
  const auto close_it = absl::MakeCleanup([maildir] { close(maildir); });
  const int fd =
      openat(maildir, kFile,
             O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return absl::OkStatus();
  const auto close_file = absl::MakeCleanup([fd] { close(fd); });
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return absl::OkStatus();
  const std::string line = absl::StrCat(octets, " 1\n");
  if (write(fd, line.data(), line.size()) ==
      static_cast<ssize_t>(line.size())) {
    return absl::OkStatus();
  }
  return ErrnoStatus(
      errno, absl::StrCat("cannot write to ", root, "/", mailbox, "/", kFile));
}

}  // namespace mailsec::io
