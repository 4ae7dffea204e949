// SPDX-License-Identifier: BSD-3-Clause
#include "engine/cpu_quota.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <ios>
#include <new>
#include <sstream>
#include <utility>
#include <vector>

#include "engine/not_cancelled.hpp"

namespace reactor::engine {

namespace {

// A mounted cgroup hierarchy, and where in it this process is (cgroups(7)).
struct Hierarchy {
  bool is_v2;
  std::string mount_point;
  std::string mounted_root;  // the cgroup that is seen at the mount point
  std::string path;
};

// Streams end at an exception as at the end of a file, unless they are told otherwise: without
// memory the limits would seem to be none. Both throw std::bad_alloc, and the first
// std::ios_base::failure when the file cannot be read to its end.
std::ifstream open_file(std::string const& path) {
  std::ifstream file;
  file.exceptions(std::ios_base::badbit);
  errno = 0;
  file.open(path);
  if (!file.is_open() && errno == ENOMEM) throw std::bad_alloc();
  return file;
}
std::istringstream words_of(std::string const& text) {
  std::istringstream words(text);
  words.exceptions(std::ios_base::badbit);
  return words;
}

bool has_word(std::string const& list, std::string const& word) {
  std::istringstream words = words_of(list);
  for (std::string found; std::getline(words, found, ',');) {
    if (found == word) return true;
  }
  return false;
}

// "hierarchy:controllers:path", a line each; v2's has hierarchy 0 and no controllers.
std::optional<std::string> cgroup_path(std::string const& root, bool is_v2) {
  std::ifstream file = open_file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    auto const first = line.find(':');
    auto const second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string const controllers = line.substr(first + 1, second - first - 1);
    bool const fits =
        is_v2 ? line.substr(0, first) == "0" && controllers.empty() : has_word(controllers, "cpu");
    if (fits) return line.substr(second + 1);
  }
  return std::nullopt;
}

// proc(5), mountinfo: id parent device root mount-point options [optional...] - type source options
std::vector<Hierarchy> hierarchies(std::string const& root) {
  std::vector<Hierarchy> found;
  std::ifstream file = open_file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    auto const dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    std::istringstream before = words_of(line.substr(0, dash));
    std::istringstream after = words_of(line.substr(dash + 3));
    std::string skip, mounted_root, mount_point, type, source, options;
    before >> skip >> skip >> skip >> mounted_root >> mount_point;
    after >> type >> source >> options;
    bool const is_v2 = type == "cgroup2";
    if (!is_v2 && !(type == "cgroup" && has_word(options, "cpu"))) continue;
    if (auto path = cgroup_path(root, is_v2)) {
      found.push_back({is_v2, mount_point, mounted_root, std::move(*path)});
    }
  }
  return found;
}

std::optional<double> quota_in(std::string const& folder, bool is_v2) try {
  if (is_v2) {
    std::ifstream file = open_file(folder + "/cpu.max");
    double quota = 0;
    double period = 0;
    if (file >> quota >> period && quota > 0 && period > 0) return quota / period;
    return std::nullopt;
  }
  std::ifstream quota_file = open_file(folder + "/cpu.cfs_quota_us");
  std::ifstream period_file = open_file(folder + "/cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  if (quota_file >> quota && period_file >> period && quota > 0 && period > 0)
    return quota / period;
  return std::nullopt;
} catch (std::ios_base::failure const&) {
  return std::nullopt;
}

}  // namespace

std::optional<double> cgroup_cpu_quota(std::string const& root) try {
  NotCancelled const not_cancelled;  // a stream that is closed lets no forced unwind through
  std::optional<double> tightest;
  for (Hierarchy const& hierarchy : hierarchies(root)) {
    // The path is seen from the mount point, without what lies above the mounted cgroup.
    std::string path = hierarchy.path;
    if (hierarchy.mounted_root != "/" && path.starts_with(hierarchy.mounted_root)) {
      path.erase(0, hierarchy.mounted_root.size());
    }
    for (;;) {
      if (path == "/") path.clear();
      auto const quota = quota_in(root + hierarchy.mount_point + path, hierarchy.is_v2);
      if (quota) tightest = std::min(tightest.value_or(*quota), *quota);
      if (path.empty()) break;
      path.erase(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
    }
  }
  return tightest;
} catch (std::ios_base::failure const&) {
  return std::nullopt;
}

}  // namespace reactor::engine
