// SPDX-License-Identifier: BSD-3-Clause
// The fingerprint of a file: XXH3, 64 bits, of all that is in it.
#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

struct Fingerprint {
  std::uint64_t digest = 0;
  std::uint64_t bytes = 0;
};

// What one thread needs to read files, kept from one file to the next.
struct Scratch {
  static constexpr std::size_t k_buffer_bytes = 256 * 1024;
  struct Free {
    void operator()(XXH3_state_t* freed) const { XXH3_freeState(freed); }
  };
  std::vector<char> buffer = std::vector<char>(k_buffer_bytes);
  std::unique_ptr<XXH3_state_t, Free> state{XXH3_createState()};
};

// A file open for reading. Throws std::system_error with the path in it.
class File {
 public:
  explicit File(std::string const& path)
      : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) fail();
  }
  ~File() { ::close(fd_); }
  File(File const&) = delete;
  File& operator=(File const&) = delete;

  // 0 at the end.
  std::size_t read(std::vector<char>& buffer) const {
    ssize_t const bytes = ::read(fd_, buffer.data(), buffer.size());
    if (bytes < 0) fail();
    return static_cast<std::size_t>(bytes);
  }

 private:
  [[noreturn]] void fail() const { throw std::system_error(errno, std::generic_category(), path_); }

  std::string const& path_;
  int fd_;
};

// Throws as File does.
inline Fingerprint fingerprint(std::string const& path, Scratch& scratch) {
  File const file(path);
  Fingerprint result;
  XXH3_64bits_reset(scratch.state.get());
  while (std::size_t const bytes = file.read(scratch.buffer)) {
    XXH3_64bits_update(scratch.state.get(), scratch.buffer.data(), bytes);
    result.bytes += bytes;
  }
  result.digest = XXH3_64bits_digest(scratch.state.get());
  return result;
}
