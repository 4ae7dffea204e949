// SPDX-License-Identifier: BSD-3-Clause
// Fingerprints every file under some folders: in a plain loop, and with a Reactor that keeps going
// when a file cannot be read, and with one that stops then.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <reactor/reactor.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "file_fingerprint.hpp"

namespace {

constexpr std::size_t k_failures_shown_max = 10;
constexpr int k_passes = 3;
constexpr int k_exit_differs = 1;
constexpr int k_exit_cannot_run = 2;

using Paths = std::vector<std::string>;

// What has gone meanwhile, or may not be looked into, is passed over.
void throw_unless_passed_over(std::error_code const& error, std::string const& folder) {
  for (std::errc const passed_over : {std::errc::no_such_file_or_directory,
                                      std::errc::not_a_directory, std::errc::permission_denied}) {
    if (error == passed_over) return;
  }
  if (error) throw std::system_error(error, folder);
}

void add_files_under(std::filesystem::path const& folder, Paths& files) {
  namespace fs = std::filesystem;
  std::error_code gone;
  for (fs::directory_iterator entry(folder, gone), end; entry != end; entry.increment(gone)) {
    switch (entry->symlink_status(gone).type()) {
      case fs::file_type::directory:
        add_files_under(entry->path(), files);
        break;
      case fs::file_type::regular:
        files.push_back(entry->path().string());
        break;
      default:
        break;
    }
  }
  throw_unless_passed_over(gone, folder);
}

Paths find_files(Paths const& folders) {
  Paths files;
  for (std::string const& folder : folders) add_files_under(folder, files);
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

// No value where the file could not be read.
using PlainResult = std::optional<Fingerprint>;
using PlainResults = std::vector<PlainResult>;

PlainResult try_fingerprint(std::string const& path, Scratch& scratch) {
  try {
    return fingerprint(path, scratch);
  } catch (std::system_error const&) {
    return std::nullopt;
  }
}

// The rival.
PlainResults run_plain_loop(Paths const& files) {
  Scratch scratch;
  PlainResults results(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) results[i] = try_fingerprint(files[i], scratch);
  return results;
}

// The same work on all CPUs.
class Fingerprinter {
 public:
  std::size_t parallelism() const { return reactor_.parallelism(); }

  reactor::Results<Fingerprint> run(Paths const& files, bool stop_on_error) {
    auto const action = [this](std::string const& path, reactor::TaskContext& context) {
      return fingerprint(path, scratch_[context.worker()]);
    };
    return reactor_.run(files, action, {.stop_on_error = stop_on_error});
  }

 private:
  reactor::Reactor reactor_;
  std::vector<Scratch> scratch_{reactor_.parallelism() + 1};
};

template <class Work>
double seconds_of(Work&& work) {
  auto const start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::uint64_t total_bytes(PlainResults const& results) {
  return std::accumulate(
      results.begin(), results.end(), std::uint64_t{0},
      [](std::uint64_t sum, auto const& one) { return sum + (one ? one->bytes : 0); });
}

// How many outcomes are not what the plain loop came to, of files that still are as it found them.
std::size_t count_differences(Paths const& files, reactor::Results<Fingerprint> const& results,
                              PlainResults const& expected) {
  auto const agree = [](auto const& a, auto const& b) {
    return a && b ? a->digest == b->digest : !a && !b;
  };
  Scratch scratch;
  std::size_t differences = 0;
  for (auto&& [plain, outcome] : reactor::correlate(expected, results)) {
    if (agree(plain, outcome)) continue;
    if (agree(plain, try_fingerprint(files[outcome.index()], scratch))) ++differences;
  }
  return differences;
}

std::string reason(reactor::TaskError const& error) {
  try {
    error.rethrow_cause();
  } catch (std::system_error const& cause) {
    return cause.code().message();
  } catch (std::exception const& cause) {
    return cause.what();
  }
}

void print_failures(Paths const& files, reactor::Results<Fingerprint> const& results) {
  std::size_t const failed = results.summary().failed;
  if (failed == 0) {
    fmt::print("\nEvery file could be read.\n");
    return;
  }
  fmt::print("\n{} files could not be read; the run went on all the same:\n", failed);
  std::size_t shown = 0;
  for (auto&& [path, outcome] : reactor::correlate(files, results)) {
    if (outcome) continue;
    if (shown++ == k_failures_shown_max) break;
    fmt::print("  {}: {}\n", path, reason(outcome.error()));
  }
  if (failed > k_failures_shown_max) {
    fmt::print("  ... and {} more\n", failed - k_failures_shown_max);
  }
}

void print_times(std::size_t files, std::uint64_t bytes, double plain_s, double reactor_s,
                 std::size_t parallelism) {
  fmt::print("  {:<12}{:>12}\n", "files", files);
  fmt::print("  {:<12}{:>12}\n", "bytes", bytes);
  fmt::print("  {:<12}{:>12.3f} s   one file at a time, best of {} passes\n", "plain loop", plain_s,
             k_passes);
  fmt::print("  {:<12}{:>12.3f} s   {} at a time, best of {} passes\n", "reactor", reactor_s,
             parallelism, k_passes);
  fmt::print("  {:<12}{:>12.2f} x\n", "speed-up", plain_s / reactor_s);
}

// False when the two did not come to the same.
bool compare(Fingerprinter& fingerprinter, Paths const& files) {
  PlainResults expected = run_plain_loop(files);  // warms the page cache, for both alike
  reactor::Results<Fingerprint> results;
  double plain_s = std::numeric_limits<double>::infinity();
  double reactor_s = plain_s;
  for (int pass = 0; pass < k_passes; ++pass) {  // in turns, so that a busy machine slows down both
    plain_s = std::min(plain_s, seconds_of([&] { expected = run_plain_loop(files); }));
    reactor_s = std::min(reactor_s, seconds_of([&] { results = fingerprinter.run(files, false); }));
  }

  print_times(files.size(), total_bytes(expected), plain_s, reactor_s, fingerprinter.parallelism());
  print_failures(files, results);
  std::size_t const differences = count_differences(files, results, expected);
  if (differences == 0) {
    fmt::print("The fingerprints are those of the plain loop.\n");
  } else {
    fmt::print("{} FINGERPRINTS DIFFER from those of the plain loop.\n", differences);
  }
  return differences == 0;
}

void print_indented(std::string_view text) {
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t const end = std::min(text.find('\n', at), text.size());
    fmt::print("  {}\n", text.substr(at, end - at));
    at = end + 1;
  }
}

void show_stop_on_error(Fingerprinter& fingerprinter, Paths files) {
  // Not at the half, where two threads part the work: one of them would come to it last.
  auto const amid = files.begin() + static_cast<std::ptrdiff_t>(files.size() / 3);
  files.insert(amid, "/planted/amid/the/others");
  fmt::print("\nNow to stop on the first error, with a file planted that is not there:\n");
  try {
    fingerprinter.run(files, true);
  } catch (reactor::TaskError const& error) {
    reactor::Summary const& summary = error.summary();
    print_indented(error.what());
    fmt::print("  Of {} tasks {} were done, {} failed and {} were skipped, in {:.3f} s.\n",
               summary.total, summary.done, summary.failed, summary.skipped,
               std::chrono::duration<double>(summary.elapsed).count());
  }
}

int run(Paths const& folders) {
  fmt::print("Fingerprinting (XXH3, 64 bits) every file under {}\n\n", fmt::join(folders, ", "));
  Paths const files = find_files(folders);
  if (files.empty()) {
    fmt::print("There are no files.\n");
    return 0;
  }
  Fingerprinter fingerprinter;
  bool const agree = compare(fingerprinter, files);
  show_stop_on_error(fingerprinter, files);
  return agree ? 0 : k_exit_differs;
}

// As CLI11 wants them, which would take a folder named [this] for a list.
std::vector<std::string> arguments_last_first(int argc, char** argv) {
  std::vector<std::string> arguments(std::reverse_iterator(argv + argc),
                                     std::reverse_iterator(argv + 1));
  for (std::string& argument : arguments) {
    if (argument.starts_with('[')) argument.insert(0, "./");
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Fingerprints every file under the given folders, in a plain loop and with reactor.",
               "fingerprint");
  Paths folders{"/usr/include"};
  app.add_option("folder", folders, "Where to look for files")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  try {
    app.parse(arguments_last_first(argc, argv));
    int const code = run(folders);
    if (std::fflush(stdout) != 0) {
      throw std::system_error(errno, std::generic_category(), "standard output");
    }
    return code;
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? 0 : k_exit_cannot_run;
  } catch (std::exception const& error) {
    fmt::print(stderr, "fingerprint: {}\n", error.what());
    return k_exit_cannot_run;
  }
}
