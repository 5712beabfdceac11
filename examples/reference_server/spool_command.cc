#include "examples/reference_server/spool_command.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "examples/reference_server/json_printer.h"
#include "examples/reference_server/queue_command.h"
#include "mailcore/base/event.h"
#include "mailcore/base/log_safe.h"
#include "mailcore/io/errno_status.h"
#include "mailcore/io/posix_disk.h"
#include "mailcore/io/system_clock.h"
#include "mailcore/server/config/spool_keys.h"
#include "mailcore/server/control/queue_entries.h"
#include "mailcore/spool/read_only_disk.h"
#include "mailcore/spool/spool.h"
#include "mailcore/spool/spool_events.h"

namespace {

using mailsec::base::Event;
using mailsec::base::LogSafe;
using mailsec::spool::QueueEntry;
using mailsec::spool::Spool;
namespace control = mailsec::control;

constexpr int kFailed = 1;
constexpr int kBadUse = 2;

// On a terminal, progress is shown after so many messages.
constexpr size_t kProgressStep = 1000;

// What the spool says of itself when it is opened.
class Findings : public mailsec::base::EventSink {
 public:
  void Record(const Event& event) override {
    // Nothing is set aside or written now; the disk's notes say the rest.
    const absl::string_view id = event.type().id;
    if (id == mailsec::spool::events::kSetAside.id ||
        id == mailsec::spool::events::kWriteFailed.id) {
      return;
    }
    std::string line(id);
    for (const auto& [name, value] : event.fields()) {
      absl::StrAppend(&line, " ", name, "=", LogSafe(value));
    }
    lines.push_back(std::move(line));
    is_damage |= event.type().severity == mailsec::base::Severity::kAlarm;
  }

  std::vector<std::string> lines;
  bool is_damage = false;
};

// A new file that only its owner can read.
class PrivateFile {
 public:
  explicit PrivateFile(const std::string& path)
      : path_(path),
        fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (fd_ < 0) status_ = mailsec::io::ErrnoStatus(errno, path_);
  }
  ~PrivateFile() {
    if (fd_ >= 0) close(fd_);
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  void Append(absl::string_view octets) {
    while (status_.ok() && !octets.empty()) {
      const ssize_t n = write(fd_, octets.data(), octets.size());
      if (n >= 0) {
        octets.remove_prefix(static_cast<size_t>(n));
      } else if (errno != EINTR) {
        status_ = mailsec::io::ErrnoStatus(errno, path_);
      }
    }
  }
  // All of it is on the disk, or why not.
  absl::Status Finish() {
    if (status_.ok() && fsync(fd_) != 0) {
      status_ = mailsec::io::ErrnoStatus(errno, path_);
    }
    return status_;
  }

 private:
  const std::string path_;
  const int fd_;
  absl::Status status_;
};

class Inspector {
 public:
  Inspector(const Spool* spool, bool json, std::ostream* out, std::ostream* err)
      : spool_(*spool), json_(json), out_(*out), err_(*err) {}

  // Exports into `folder` too, unless it is empty.
  void LookAtAll(const std::string& folder) {
    const std::vector<QueueEntry> all = spool_.List();
    const bool shows_progress = isatty(STDERR_FILENO) != 0;
    for (const QueueEntry& entry : all) {
      LookAt(entry, folder);
      if (shows_progress && ++seen_ % kProgressStep == 0) {
        err_ << "\r" << seen_ << " of " << all.size() << " messages"
             << std::flush;
      }
    }
    if (shows_progress && all.size() >= kProgressStep) err_ << "\n";
  }

  size_t whole() const { return whole_; }
  size_t damaged() const { return damaged_; }
  size_t not_written() const { return not_written_; }
  uint64_t octets() const { return octets_; }

 private:
  void LookAt(const QueueEntry& entry, const std::string& folder) {
    const auto envelope = spool_.ReadEnvelope(entry.id);
    const std::string path =
        folder.empty() ? "" : absl::StrCat(folder, "/", entry.id.ToString());
    std::optional<PrivateFile> file;
    if (!path.empty() && envelope.ok()) file.emplace(path + ".eml");
    absl::Status read = envelope.status();
    if (read.ok()) {
      read = ReadContent(entry, *envelope, file ? &*file : nullptr);
    }
    if (!read.ok()) {
      ++damaged_;
      if (file) (void)unlink((path + ".eml").c_str());
      return Say(entry, envelope.ok() ? &*envelope : nullptr, read);
    }
    ++whole_;
    octets_ += entry.octets;
    if (file) Export(entry, *envelope, path, file->Finish());
  }

  absl::Status ReadContent(const QueueEntry& entry,
                           const mailsec::spool::Envelope& envelope,
                           PrivateFile* file) const {
    auto reader = spool_.OpenContent(entry.id, &envelope);
    if (!reader.ok()) return reader.status();
    for (;;) {
      const absl::StatusOr<absl::string_view> piece = (*reader)->Next();
      if (!piece.ok()) return piece.status();
      if (piece->empty()) return absl::OkStatus();
      if (file != nullptr) file->Append(*piece);
    }
  }

  void Export(const QueueEntry& entry, const mailsec::spool::Envelope& envelope,
              const std::string& path, absl::Status written) {
    control::QueueDetail detail;
    mailsec::server::FillDetail(entry, envelope, &detail);
    PrivateFile about(path + ".json");
    about.Append(ToJson(detail));
    about.Append("\n");
    written.Update(about.Finish());
    if (written.ok()) return;
    ++not_written_;
    err_ << LogSafe(written.message()) << "\n";
  }

  void Say(const QueueEntry& entry, const mailsec::spool::Envelope* envelope,
           const absl::Status& why) const {
    control::QueueEntry shown;
    mailsec::server::FillEntry(entry, envelope, &shown);
    shown.set_reason(std::string(why.message()));
    if (json_) {
      out_ << ToJson(shown) << "\n";
    } else {
      PrintEntry(shown, out_);
    }
  }

  const Spool& spool_;
  const bool json_;
  std::ostream& out_;
  std::ostream& err_;
  size_t seen_ = 0;
  size_t whole_ = 0;
  size_t damaged_ = 0;
  size_t not_written_ = 0;
  uint64_t octets_ = 0;
};

// The folder must be new, so that nothing in it is anybody else's.
absl::Status MakeFolder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) == 0) return absl::OkStatus();
  return mailsec::io::ErrnoStatus(errno, folder);
}

int Fail(std::ostream& err, absl::string_view what) {
  err << LogSafe(what) << "\n";
  return kFailed;
}

}  // namespace

int RunSpoolCommand(const SpoolCommand& command, std::ostream& out,
                    std::ostream& err) {
  const std::vector<std::string>& words = command.words;
  const bool exports = words.size() == 2 && words[0] == "export";
  if (!exports && words != std::vector<std::string>{"check"}) {
    err << "spool: say check, or export DIR\nmailsec --help explains.\n";
    return kBadUse;
  }
  const std::string& path = command.settings.directory;
  struct stat info;
  if (stat(path.c_str(), &info) != 0) {
    return Fail(err, mailsec::io::ErrnoStatus(errno, path).message());
  }
  std::vector<mailsec::server::ConfigError> errors;
  std::vector<mailsec::spool::SpoolKey> keys =
      mailsec::server::ReadSpoolKeys(command.settings, &errors);
  if (!errors.empty()) return Fail(err, errors[0].ToString());
  auto disk = mailsec::io::PosixDisk::Open(path);
  if (!disk.ok()) return Fail(err, disk.status().message());
  mailsec::spool::ReadOnlyDisk view(disk->get());
  const mailsec::io::SystemClock clock;
  Findings findings;
  mailsec::spool::SpoolOptions options;
  options.segment_octets = command.settings.segment_octets;
  options.keys = std::move(keys);
  const auto spool = Spool::Open(std::move(options), &view, &clock, &findings);
  if (!spool.ok()) return Fail(err, spool.status().message());
  if (exports) {
    const absl::Status made = MakeFolder(words[1]);
    if (!made.ok()) return Fail(err, made.message());
  }
  Inspector inspector(spool->get(), command.json, &out, &err);
  inspector.LookAtAll(exports ? words[1] : "");
  for (const std::string& line : findings.lines) err << line << "\n";
  for (const std::string& note : view.Notes()) err << LogSafe(note) << "\n";
  if (command.json) {
    out << "{\"whole\":" << inspector.whole()
        << ",\"damaged\":" << inspector.damaged()
        << ",\"octets\":" << inspector.octets() << "}\n";
  } else {
    out << inspector.whole() << " messages are whole (" << inspector.octets()
        << " octets), " << inspector.damaged() << " are damaged\n";
  }
  const bool well = inspector.damaged() == 0 && inspector.not_written() == 0 &&
                    !findings.is_damage && !view.found_unreadable();
  return well ? 0 : kFailed;
}
